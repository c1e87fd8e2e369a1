using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Search;

/// <summary>What the rows of an index stand for.</summary>
internal abstract class IndexValues
{
    public const string KindSetting = "values";

    /// <summary>How many rows.</summary>
    public abstract int Count { get; }

    /// <summary>The type of one.</summary>
    public abstract PrimitiveDataViewType Type { get; }

    /// <summary>Annotations of a column of them.</summary>
    public virtual DataViewSchema.Annotations Annotations => new DataViewSchema.Annotations.Builder().ToAnnotations();

    /// <summary>A getter of a vector of values; of row -1 the missing one.</summary>
    public abstract Delegate GetGetter(Func<ReadOnlyMemory<int>> rows);

    public abstract void Save(string directory, IDictionary<string, string> settings);

    public static IndexValues Load(string directory, IReadOnlyDictionary<string, string> settings) => TextSettings.Required(settings, KindSetting) switch
    {
        TextIndexValues.Kind => TextIndexValues.Load(directory),
        KeyIndexValues.Kind => KeyIndexValues.Load(directory, settings),
        var other => throw new FormatException($"The saved model's setting '{KindSetting}' is '{other}'; expected {TextIndexValues.Kind} or {KeyIndexValues.Kind}. It was written by another version or altered; save the model again."),
    };

    protected static ValueGetter<VBuffer<T>> Getter<T>(T[] values, Func<ReadOnlyMemory<int>> rows) => (ref VBuffer<T> value) =>
    {
        ReadOnlySpan<int> found = rows().Span;
        VBufferEditor<T> editor = VBufferEditor.Create(ref value, found.Length);
        for (int i = 0; i < found.Length; i++) editor.Values[i] = found[i] < 0 ? default! : values[found[i]];
        value = editor.Commit();
    };
}
