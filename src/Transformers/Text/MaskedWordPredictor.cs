using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Asks a masked language model for hidden words.</summary>
internal sealed class MaskedWordPredictor(TextModel<TextEncoder> model, TextNetworkRunner runner, TextEncodingOptions options, int maxLength)
{
    private readonly SequenceTokenizer _tokenizer = model.Tokenizer;

    private readonly PretrainingHeads _heads = model.Heads?.MaskedLanguageModel is null
        ? throw new InvalidOperationException("This encoder has no masked-language-model head: its checkpoint holds none, or fine-tuning dropped it. Load a checkpoint that has one (cls.predictions, lm_head or vocab_transform), or make one with PretrainBert.")
        : model.Heads;

    /// <summary>The likeliest words for each mask of a text.</summary>
    public IReadOnlyList<IReadOnlyList<WordProbability>> Fill(string text, int count)
    {
        string mask = _tokenizer.TokenOf(_tokenizer.MaskTokenId);
        string[] parts = text.Split(mask);
        if (parts.Length == 1) throw new ArgumentException($"The text has no {mask}; put one where a word is to be found.", nameof(text));
        if (count < 1 || count > _tokenizer.VocabSize) throw new ArgumentOutOfRangeException(nameof(count), count, $"Expected 1 to {_tokenizer.VocabSize}, the vocabulary's size.");
        var encoded = new EncodedText();
        encoded.Add(_tokenizer.ClsTokenId);
        var masks = new List<long>();
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 0)
            {
                masks.Add(encoded.Length);
                encoded.Add(_tokenizer.MaskTokenId);
            }
            // A space before the mask belongs to the word that is looked for.
            _tokenizer.Append(i + 1 < parts.Length ? parts[i].TrimEnd() : parts[i], encoded);
        }
        encoded.Add(_tokenizer.SepTokenId);
        if (encoded.Length > maxLength)
            throw new ArgumentException($"The text has {encoded.Length} tokens, special tokens included; expected at most {maxLength}. Shorten it.", nameof(text));

        IReadOnlyList<WordProbability>[] found = new IReadOnlyList<WordProbability>[masks.Count];
        runner.Run(device =>
        {
            Tensor hidden = model.Network.forward(tensor(Ids(encoded), device: device).unsqueeze(0), null, null);
            (Tensor values, Tensor indices) = Logits(hidden, tensor(masks.ToArray(), device: device)).softmax(-1).topk(count, -1);
            float[] probabilities = values.to(CPU).contiguous().data<float>().ToArray();
            long[] ids = indices.to(CPU).contiguous().data<long>().ToArray();
            for (int row = 0; row < found.Length; row++)
                found[row] = [.. Enumerable.Range(row * count, count).Select(i => new WordProbability(_tokenizer.TokenOf((int)ids[i]), probabilities[i]))];
        });
        return found;
    }

    /// <summary>Pseudo-perplexity: each token hidden in turn and predicted from all others (Salazar et al. 2020).</summary>
    public PerplexityResult PseudoPerplexity(IEnumerable<string> texts)
    {
        var encoded = new EncodedText();
        double sum = 0;
        (long tokens, long unknown) = (0, 0);
        foreach (string text in texts)
        {
            _tokenizer.Encode(text, maxLength, options.Truncation, encoded);
            long[] ids = Ids(encoded);
            int content = ids.Length - 2;   // special tokens are not predicted
            unknown += ids.Count(id => id == _tokenizer.UnkTokenId);
            if (content > 0) sum += Surprise(ids, content);
            tokens += content;
        }
        if (tokens == 0) throw new ArgumentException("The texts hold no token; expected at least one text with words.", nameof(texts));
        return new PerplexityResult(Math.Exp(sum / tokens), tokens, unknown);
    }

    // The sum of -log p over all positions but the special tokens', a row each; batches are divided among the cores.
    private double Surprise(long[] ids, int content)
    {
        int rows = Math.Clamp((content + runner.Cores - 1) / runner.Cores, 1, Math.Max(1, options.TokensPerBatch / ids.Length));
        double[] sums = new double[(content + rows - 1) / rows];
        runner.RunEach(sums.Length, (batch, device) => sums[batch] = Surprise(ids, 1 + batch * rows, Math.Min(rows, content - batch * rows), device));
        return sums.Sum();
    }

    private double Surprise(long[] ids, int first, int count, Device device)
    {
        Tensor rows = tensor(ids).unsqueeze(0).repeat(count, 1);
        Span<long> span = MemoryMarshal.Cast<byte, long>(rows.bytes);
        long[] positions = new long[count], targets = new long[count];
        for (int row = 0; row < count; row++)
        {
            int at = row * ids.Length + first + row;
            (positions[row], targets[row]) = (at, span[at]);
            span[at] = _tokenizer.MaskTokenId;
        }
        Tensor hidden = model.Network.forward(rows.to(device), null, null);
        return nn.functional.cross_entropy(Logits(hidden, tensor(positions, device: device)), tensor(targets, device: device), reduction: nn.Reduction.Sum).to(float64).item<double>();
    }

    // [M, V], float32; an embedding padded beyond the vocabulary proposes no words that do not exist.
    internal Tensor Logits(Tensor hidden, Tensor positions)
    {
        Tensor masked = hidden.reshape(-1, hidden.shape[^1]).index_select(0, positions);
        return _heads.MaskedLanguageModel!.forward(masked, model.Network.WordEmbeddingWeight).narrow(1, 0, _tokenizer.VocabSize).to(float32);
    }

    private static long[] Ids(EncodedText encoded)
    {
        long[] ids = new long[encoded.Length];
        for (int i = 0; i < ids.Length; i++) ids[i] = encoded.Ids[i];
        return ids;
    }
}
