using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Distillation;

/// <summary>How often the nearest of all translations, by cosine, is that of a text, and the other way round (Reimers and Gurevych 2020).</summary>
internal sealed class TranslationMatches
{
    private const int BlockRows = 1024;

    private readonly Dictionary<string, int> _texts = [];
    private readonly List<int> _sources = [], _translations = [];
    private readonly List<float> _sourceVectors = [], _translationVectors = [];

    /// <summary>Pairs so far.</summary>
    public int Count => _sources.Count;

    /// <summary>Takes a batch's pairs.</summary>
    /// <param name="batch">All texts, then the translations of those whose label is not 0.</param>
    /// <param name="vectors">A vector a text, [texts, H].</param>
    public void Add(TrainingBatch batch, Tensor vectors)
    {
        if (batch.InputIds.shape[0] == batch.Rows) return;
        int width = (int)batch.InputIds.shape[1], translation = batch.Rows, size = (int)vectors.shape[1];
        Span<long> ids = TextParts.Longs(batch.InputIds.cpu()), starts = TextParts.Longs(batch.Labels.cpu());
        Span<long> mask = batch.AttentionMask is { } given ? TextParts.Longs(given.cpu()) : [];
        ReadOnlySpan<float> all = MemoryMarshal.Cast<byte, float>(vectors.cpu().contiguous().bytes);
        for (int row = 0; row < batch.Rows; row++)
        {
            if (starts[row] == 0) continue;
            _sources.Add(Number(ids, mask, row, width));
            _translations.Add(Number(ids, mask, translation, width));
            _sourceVectors.AddRange(all.Slice(row * size, size));
            _translationVectors.AddRange(all.Slice(translation++ * size, size));
        }
    }

    /// <summary>The part of the texts that find their translation, and of the translations that find their text; that of an equal text is as good.</summary>
    public (double OfSources, double OfTranslations) Accuracies()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor sources = Vectors(_sourceVectors), translations = Vectors(_translationVectors);
        return (Accuracy(sources, translations), Accuracy(translations, sources));
    }

    private double Accuracy(Tensor asked, Tensor sought)
    {
        long right = 0;
        for (int first = 0; first < Count; first += BlockRows)
        {
            using DisposeScope scope = NewDisposeScope();
            long[] nearest = [.. matmul(asked.narrow(0, first, Math.Min(BlockRows, Count - first)), sought.t()).argmax(1).data<long>()];
            for (int i = 0; i < nearest.Length; i++)
                if (_sources[first + i] == _sources[(int)nearest[i]] || _translations[first + i] == _translations[(int)nearest[i]]) right++;
        }
        return (double)right / Count;
    }

    private Tensor Vectors(List<float> values) => VectorImitation.Unit(tensor(values.ToArray()).reshape(Count, -1));

    // What is the same to the network has the same number.
    private int Number(Span<long> ids, Span<long> mask, int row, int width)
    {
        int length = mask.IsEmpty ? width : mask.Slice(row * width, width).LastIndexOf(1) + 1;
        string key = MemoryMarshal.Cast<long, char>(ids.Slice(row * width, length)).ToString();
        if (!_texts.TryGetValue(key, out int number)) _texts.Add(key, number = _texts.Count);
        return number;
    }
}
