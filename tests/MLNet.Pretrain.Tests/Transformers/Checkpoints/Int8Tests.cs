using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Transformers.Checkpoints;

public sealed class Int8Tests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void No_number_is_off_by_more_than_half_a_step_and_what_was_rounded_before_stays_as_it_is_in_bfloat16_too()
    {
        Gen<float[]> rows = Gen.ArrayOf(Gen.Choose(-1_000_000, 1_000_000)).Where(row => row.Length > 0).SelectMany(row => Gen.Choose(-30, 30).Select(power => row.Select(n => n * 1e-6f * MathF.Pow(2, power)).ToArray()));
        Prop.ForAll(rows.ToArbitrary(), row =>
        {
            sbyte[] numbers = new sbyte[row.Length], again = new sbyte[row.Length];
            float scale = Int8Rows.Quantize(row, numbers, "w");
            float[] rounded = [.. numbers.Select(n => n * scale)];
            bool near = row.Zip(rounded).All(pair => Math.Abs((double)pair.First - pair.Second) <= scale * (0.5 + 1e-6));
            return near && Same(rounded) && Same(tensor(rounded).to(bfloat16).to(float32).data<float>().ToArray()) && numbers.All(n => n is >= -127);

            bool Same(float[] once) => Int8Rows.Quantize(once, again, "w") == scale && again.SequenceEqual(numbers);
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void Matrices_are_kept_in_8_bits_and_read_in_32_and_all_else_is_untouched()
    {
        Tensor matrix = Seeded.Normal(1, [300, 40]), vector = Seeded.Normal(2, [40]);
        string path = Write(("m", matrix), ("v", vector), ("empty", zeros([3, 5])));
        long before = new FileInfo(path).Length;
        Int8Store.Shrink(path);
        new FileInfo(path).Length.Should().BeLessThan((long)(before * 0.31));
        using ITensorStore store = Int8Store.Open(path);
        store.Entries.Keys.Should().BeEquivalentTo("m", "v", "empty");
        store.Entries["m"].Type.Should().Be(ScalarType.Float32);
        Tensor read = store.Read("m");
        (read - matrix).abs().amax([1]).le(matrix.abs().amax([1]) / 253.4).all().item<bool>().Should().BeTrue();
        store.Read("v").ShouldBeNear(vector, 0, 0);
        foreach (ScalarType type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            Tensor plain = empty([300, 40], type), turned = empty([40, 300], type);
            using (no_grad())
            {
                store.ReadInto("m", plain);
                store.ReadInto("m", turned.t());
            }
            plain.ShouldBeNear(read.to(type), 0, 0);
            turned.t().ShouldBeNear(read.to(type), 0, 0);
        }
        store.Read("empty").ShouldBeNear(zeros([3, 5]), 0, 0);
    }

    [Fact]
    public void A_damaged_file_says_what_is_wrong_with_it()
    {
        string path = Write(("m", ones([4, 4])));
        Int8Store.Shrink(path);
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^3]);
        FluentActions.Invoking(() => Int8Store.Open(path)).Should().Throw<InvalidDataException>().WithMessage("*cut short*");
        // The metadata promise scales that are not there.
        SafetensorsWriter.Write(path, [new("m", ones([4, 4], int8))], new Dictionary<string, string> { ["mlnet_pretrain.storage"] = "int8 rows" });
        FluentActions.Invoking(() => Int8Store.Open(path)).Should().Throw<InvalidDataException>().WithMessage("*'m' of 8 bits has no 'm.scale', expected Float32 [4]*");
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused()
    {
        string path = Write(("m", tensor(new[] { 1f, float.NaN }, [1, 2])));
        FluentActions.Invoking(() => Int8Store.Shrink(path)).Should().Throw<InvalidOperationException>().WithMessage("*'m' has the value NaN*");
    }

    private string Write(params (string Name, Tensor Tensor)[] tensors)
    {
        string path = _folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [.. tensors.Select(t => KeyValuePair.Create(t.Name, t.Tensor))]);
        return path;
    }
}
