using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>The output rows of one middle word with their labels, in blocks as <see cref="WindowKernel"/> takes them. One thread's own.</summary>
internal sealed unsafe class OutputSet : IDisposable
{
    private const int Lanes = WindowKernel.ScoreStride;

    private readonly NativeMatrix _padding;
    private readonly int[] _words;
    private readonly float[] _weights;
    private float** _rows;
    private float* _labels, _rates;

    public OutputSet(int capacity, int columns)
    {
        int blocks = (capacity + WindowKernel.BlockOutputs - 1) / WindowKernel.BlockOutputs;
        _padding = new NativeMatrix(1, columns);
        (_words, _weights) = (new int[capacity], new float[capacity]);
        _rows = (float**)NativeMemory.AllocZeroed((nuint)(blocks * WindowKernel.BlockOutputs), (nuint)sizeof(float*));
        _labels = (float*)NativeMemory.AllocZeroed((nuint)(blocks * Lanes), sizeof(float));
        _rates = (float*)NativeMemory.AllocZeroed((nuint)(blocks * Lanes), sizeof(float));
    }

    public int Count { get; private set; }

    public int Blocks => (Count + WindowKernel.BlockOutputs - 1) / WindowKernel.BlockOutputs;

    public void Clear() => Count = 0;

    /// <summary>Adds a row; one that is there already counts once more, for the kernel must not see a row twice.</summary>
    public void Add(int word, float* row, float label)
    {
        int same = _words.AsSpan(0, Count).IndexOf(word);
        if (same >= 0)
        {
            _weights[same]++;
            return;
        }
        (_words[Count], _weights[Count]) = (word, 1);
        _rows[Count] = row;
        _labels[Lane(Count)] = label;
        Count++;
    }

    /// <summary>Fills the last block and sets the learning rate.</summary>
    public void Complete(float rate)
    {
        for (int i = 0; i < Count; i++) _rates[Lane(i)] = rate * _weights[i];
        for (int i = Count; i < Blocks * WindowKernel.BlockOutputs; i++)
        {
            _rows[i] = _padding[0];
            _rates[Lane(i)] = 0;
        }
    }

    public float** Rows(int block) => _rows + block * WindowKernel.BlockOutputs;

    public float* Labels(int block) => _labels + block * Lanes;

    public float* Rates(int block) => _rates + block * Lanes;

    /// <summary>The loss that scores of a block mean, in nats, summed over inputs and outputs.</summary>
    public double Loss(int block, float* scores, int inputs)
    {
        double loss = 0;
        int outputs = Math.Min(WindowKernel.BlockOutputs, Count - block * WindowKernel.BlockOutputs);
        for (int i = 0; i < inputs; i++)
        {
            for (int j = 0; j < outputs; j++)
            {
                double score = scores[i * Lanes + j];
                double margin = Labels(block)[j] > 0.5f ? score : -score;
                loss += _weights[block * WindowKernel.BlockOutputs + j] * (Math.Max(-margin, 0) + Math.Log(1 + Math.Exp(-Math.Abs(margin))));
            }
        }
        return loss;
    }

    public void Dispose()
    {
        NativeMemory.Free(_rows);
        NativeMemory.Free(_labels);
        NativeMemory.Free(_rates);
        _rows = null;
        _labels = _rates = null;
        _padding.Dispose();
    }

    private static int Lane(int output) => output / WindowKernel.BlockOutputs * Lanes + output % WindowKernel.BlockOutputs;
}
