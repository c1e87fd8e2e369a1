using System.Globalization;
using System.Text;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Asks a masked language model for other words in place of hidden ones, many texts at a time.</summary>
internal sealed class WordProposer
{
    // Scores of a vocabulary at so many places are in memory at once.
    private const int PlacesAtOnce = 256;

    private readonly TextEncoderTransformer _encoder;
    private readonly MaskedWordPredictor _predictor;
    private readonly int _count;

    // Added to the scores, [2 x V]: 0 for tokens that are words, without and with the space before them; minus infinity for all others.
    private readonly float[] _words;

    /// <param name="encoder">Has a masked-language-model head.</param>
    /// <param name="count">Proposals for a word.</param>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    public WordProposer(TextEncoderTransformer encoder, int count)
    {
        _encoder = encoder;
        _predictor = new MaskedWordPredictor(encoder.Model, encoder.Runner, encoder.Options, encoder.MaxLength);
        int size = Tokenizer.VocabSize;
        (_count, _words) = (Math.Min(count, size), new float[2 * size]);
        for (int id = 0; id < size; id++)
            for (int spaced = 0; spaced < 2; spaced++)
                _words[spaced * size + id] = IsWord(id, spaced == 1) ? 0 : float.NegativeInfinity;
    }

    public SequenceTokenizer Tokenizer => _encoder.Model.Tokenizer;

    /// <summary>Tokens that a text may have, special ones included.</summary>
    public int MaxLength => _encoder.MaxLength;

    /// <summary>A token as a word, without the space that byte-level vocabularies keep before it.</summary>
    public string WordOf(int id) => Tokenizer.TokenOf(id).TrimStart(' ');

    /// <summary>Fills in the proposals of each text. A token with a space before it is replaced by such tokens.</summary>
    /// <param name="texts">Each of <see cref="MaxLength"/> tokens at most.</param>
    /// <param name="check">Called before each batch, on several threads; throws to end the work.</param>
    public void Propose(IReadOnlyList<HiddenWords> texts, Action check)
    {
        if (texts.Count == 0) return;
        var window = new TextWindow(Tokenizer, MaxLength, TruncationStrategy.Error, _encoder.Options.TokensPerBatch, texts.Count);
        for (int i = 0; i < texts.Count; i++)
        {
            int[] ids = [.. texts[i].Ids];
            foreach (int place in texts[i].Places) ids[place] = Tokenizer.MaskTokenId;
            window.Read(i, ids);
        }
        window.ForEachBatch(texts.Count, _encoder.Runner, (slots, ids, mask, types) =>
        {
            check();
            List<(HiddenWords Text, int Index, long Place)> hidden = [];
            for (int row = 0; row < slots.Length; row++)
                for (int i = 0; i < texts[slots[row]].Places.Length; i++) hidden.Add((texts[slots[row]], i, row * ids.shape[1] + texts[slots[row]].Places[i]));
            Tensor states = _encoder.Model.Network.forward(ids, mask, types), words = tensor(_words, [2, Tokenizer.VocabSize], device: ids.device);
            // Batches stand side by side, a core each.
            foreach ((HiddenWords Text, int Index, long Place)[] some in hidden.Chunk(PlacesAtOnce / Math.Min(PlacesAtOnce, _encoder.Runner.Cores))) Propose(states, some, words);
        });
    }

    private void Propose(Tensor states, (HiddenWords Text, int Index, long Place)[] hidden, Tensor words)
    {
        using DisposeScope scope = NewDisposeScope();
        Device device = states.device;
        long[] originals = [.. hidden.Select(h => (long)h.Text.Ids[h.Text.Places[h.Index]])];
        long[] spaced = [.. originals.Select(id => Tokenizer.WordsCarrySpace && Tokenizer.TokenOf((int)id).StartsWith(' ') ? 1L : 0)];
        Tensor scores = _predictor.Logits(states, tensor(hidden.Select(h => h.Place).ToArray(), device: device)).Plus(words.index_select(0, tensor(spaced, device: device)));
        Tensor own = tensor(originals, device: device).unsqueeze(1);
        scores.scatter_(1, own, zeros(own.shape, float32, device).FillWith(double.NegativeInfinity));
        (Tensor best, Tensor ids) = scores.topk(_count, -1);
        float[] values = best.to(CPU).contiguous().data<float>().ToArray();
        long[] found = ids.to(CPU).contiguous().data<long>().ToArray();
        for (int i = 0; i < hidden.Length; i++)
        {
            int first = i * _count;
            hidden[i].Text.Proposals[hidden[i].Index] = [.. Enumerable.Range(first, _count).Where(at => float.IsFinite(values[at])).Select(at => (int)found[at])];
        }
    }

    private bool IsWord(int id, bool spaced)
    {
        if (!Tokenizer.WordsCarrySpace && (spaced || !Tokenizer.BeginsWord(id))) return false;
        string token = Tokenizer.TokenOf(id);
        if (spaced && !token.StartsWith(' ')) return false;
        string word = spaced ? token[1..] : token;
        return word.Length > 0 && word.EnumerateRunes().All(rune => Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);
    }
}
