using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>A label column with a vector of tags: text, or keys whose values are text.</summary>
internal static class TagColumn
{
    public static void Check(string owner, SchemaShape.Column label)
    {
        bool text = !label.IsKey && label.ItemType is TextDataViewType, key = label.IsKey && label.ItemType == NumberDataViewType.UInt32;
        if (label.Kind == SchemaShape.Column.VectorKind.Scalar || !(text || key))
            throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}; {owner} reads a vector of text or of Key<UInt32>, one tag a word. Split a text of tags with Transforms.Text.TokenizeIntoWords.");
    }

    /// <summary>The tags that the keys stand for; null where the column holds the tags themselves.</summary>
    public static IReadOnlyList<string>? KeyValues(string owner, DataViewSchema.Column label)
    {
        if (((VectorDataViewType)label.Type).ItemType is not KeyDataViewType key) return null;
        if (label.Annotations.Schema.GetColumnOrNull(LabelValues.KeyValuesAnnotation)?.Type is not VectorDataViewType { ItemType: TextDataViewType })
            throw new ArgumentException($"The keys of label column '{label.Name}' have no text as values; {owner} expected tags. Map text tags with Transforms.Conversion.MapValueToKey, or leave them as text.");
        VBuffer<ReadOnlyMemory<char>> values = default;
        label.Annotations.GetValue(LabelValues.KeyValuesAnnotation, ref values);
        return [.. values.DenseValues().Select(value => value.ToString())];
    }

    /// <summary>What replaces a list's content by the tags of the cursor's present row; "" where one is missing.</summary>
    public static Action<List<string>> Open(DataViewRow row, DataViewSchema.Column label, IReadOnlyList<string>? keyValues) => keyValues is null
        ? Open<ReadOnlyMemory<char>>(row, label, new TextPool().Of)
        : Open<uint>(row, label, key => key == 0 ? "" : keyValues[(int)key - 1]);   // keys count from 1

    private static Action<List<string>> Open<T>(DataViewRow row, DataViewSchema.Column label, Func<T, string> name)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(label);
        VBuffer<T> values = default;
        return tags =>
        {
            getter(ref values);
            tags.Clear();
            foreach (T value in values.DenseValues()) tags.Add(name(value));
        };
    }
}
