using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

internal static class ScoreGetter
{
    /// <summary>A getter of all the values that are kept of a row.</summary>
    public static ValueGetter<VBuffer<float>> Of(RowValues values, int width) => (ref VBuffer<float> value) =>
    {
        VBufferEditor<float> editor = VBufferEditor.Create(ref value, width);
        values().CopyTo(editor.Values);
        value = editor.Commit();
    };
}
