using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.WordVectorFamily;

/// <summary>The vectorised window against loops that anyone can check.</summary>
public sealed unsafe class WindowKernelTests
{
    [Fact]
    public void A_window_gives_what_plain_loops_give() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Check(new Random(seed))).QuickCheckThrowOnFailure();

    [Fact]
    public void The_sigmoid_is_right_to_a_millionth()
    {
        for (float x = -40; x < 40; x += 0.013f)
            System.Runtime.Intrinsics.Vector512.ToScalar(WindowKernel.Sigmoid(System.Runtime.Intrinsics.Vector512.Create(x))).Should().BeApproximately((float)(1 / (1 + Math.Exp(-x))), 1e-6f);
    }

    private static void Check(Random random)
    {
        int size = random.Next(1, 70), inputs = random.Next(1, 8), words = random.Next(1, 12), chosen = random.Next(1, 15);
        using NativeMatrix rows = Matrix(random, inputs + 1, size), errors = new(inputs + 1, size), outputs = Matrix(random, words, size);
        rows.Row(inputs).Clear();
        using var set = new OutputSet(chosen, size);
        var picks = Enumerable.Range(0, chosen).Select(_ => random.Next(words)).ToArray();
        foreach (int word in picks) set.Add(word, outputs[word], word % 2);
        set.Complete(0.1f);
        float[][] expectedErrors = [.. Enumerable.Range(0, inputs).Select(_ => new float[size])];
        float[][] expectedOutputs = [.. Enumerable.Range(0, words).Select(w => outputs.Row(w).ToArray())];
        for (int i = 0; i < inputs; i++)
        {
            foreach (int word in picks)
            {
                double score = 0;
                for (int d = 0; d < size; d++) score += rows.Row(i)[d] * outputs.Row(word)[d];
                float gradient = (float)((word % 2 - 1 / (1 + Math.Exp(-score))) * 0.1);
                for (int d = 0; d < size; d++)
                {
                    expectedErrors[i][d] += gradient * outputs.Row(word)[d];
                    expectedOutputs[word][d] += gradient * rows.Row(i)[d];
                }
            }
        }
        float* scores = stackalloc float[(inputs + 1) * WindowKernel.ScoreStride];
        for (int block = 0; block < set.Blocks; block++)
        {
            WindowKernel.Score(rows[0], inputs, rows.Stride, set.Rows(block), scores);
            WindowKernel.Gradients(scores, inputs, set.Labels(block), set.Rates(block));
            WindowKernel.Update(rows[0], errors[0], inputs, rows.Stride, set.Rows(block), scores);
        }
        for (int i = 0; i < inputs; i++) errors.Row(i).ToArray().Should().Equal(expectedErrors[i], (a, b) => Math.Abs(a - b) < 1e-5);
        for (int w = 0; w < words; w++) outputs.Row(w).ToArray().Should().Equal(expectedOutputs[w], (a, b) => Math.Abs(a - b) < 1e-5);
    }

    private static NativeMatrix Matrix(Random random, int rows, int columns)
    {
        var matrix = new NativeMatrix(rows, columns);
        for (int row = 0; row < rows; row++)
            foreach (ref float value in matrix.Row(row)) value = random.NextSingle() - 0.5f;
        return matrix;
    }
}
