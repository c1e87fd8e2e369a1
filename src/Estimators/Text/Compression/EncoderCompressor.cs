using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Makes a smaller model of a fitted one: words, layers, heads, then rounding, in this order, so that heads are judged in the model they are cut off.</summary>
/// <param name="model">Not changed.</param>
/// <param name="runner">Runs it.</param>
/// <param name="scoring">What the transformer keeps.</param>
/// <param name="options">What is to go.</param>
internal sealed class EncoderCompressor<TNetwork>(TextModel<TNetwork> model, TextNetworkRunner runner, TextScoringOptions scoring, CompressionOptions options) where TNetwork : nn.Module
{
    private const string Owner = "Compress";

    /// <param name="judge">Judges the heads of a model by rows.</param>
    /// <returns>The caller's.</returns>
    public TextModel<TNetwork> Run(Func<TextModel<TNetwork>, HeadImportance> judge)
    {
        options.Validate(Owner);
        TextEncoderConfig config = model.Config.Encoder;
        IReadOnlyList<int>? layers = options.LayerCount is { } count ? (options.LayerMap ?? LayerMap.Spread).Resolve(count, config.LayerCount) : null;
        (SequenceTokenizer tokenizer, IReadOnlyList<int>? words) = Vocabulary();
        var reduction = new EncoderReduction(config, layers, options.PrunedHeads, words);
        int cut = HeadsToCut(reduction.Config);
        TextModel<TNetwork>? made = null;
        runner.WhileIdle(() => made = model.Reduce(reduction, tokenizer));
        try
        {
            if (cut > 0)
            {
                TextModel<TNetwork> whole = made!;
                made = whole.Reduce(new EncoderReduction(whole.Config.Encoder, prunedHeads: judge(whole).Least(cut)), tokenizer);
                whole.Dispose();
            }
            if ((options.StoredWeights ?? scoring.StoredWeights) is { } storage) StoredWeights.Round(TextModel<TNetwork>.Parameters(made!.Network, made.Heads), storage, scoring.Precision);
            return made!;
        }
        catch
        {
            made?.Dispose();
            throw;
        }
    }

    private (SequenceTokenizer, IReadOnlyList<int>?) Vocabulary()
    {
        SequenceTokenizer whole = model.Tokenizer;
        if (options.Corpus is not { } corpus) return (whole, null);
        long[] uses = new long[whole.VocabSize];
        foreach (string column in new[] { scoring.InputColumnName, scoring.PairColumnName }.OfType<string>())
            foreach (ReadOnlyMemory<char> text in TextColumn.Read(Owner, corpus, column, options.CancellationToken.ThrowIfCancellationRequested)) whole.CountUses(text.Span, uses);
        if (uses.All(count => count == 0)) throw new InvalidOperationException($"{Owner}: the corpus has no word in column '{scoring.InputColumnName}'; expected the texts that the vocabulary is to suit.");
        bool[] keep = [.. uses.Select(count => count >= options.MinTokenUses)];
        // A configuration may name another one than the tokenizer does.
        int pad = model.Config.Encoder.PadTokenId;
        if (pad >= keep.Length) throw new ArgumentException($"{Owner}: the encoder's padding token has id {pad} (pad_token_id of config.json), but its vocabulary has {keep.Length} entries; expected one of them. Leave Corpus null, or correct the checkpoint.");
        // RoBERTa counts positions from that id on: it must stay what it is.
        int first = model.Config.Encoder.Family == TextEncoderFamily.Roberta ? 0 : pad;
        keep.AsSpan(first..(pad + 1)).Fill(true);
        SequenceTokenizer smaller = whole.Reduce(keep);
        if (keep.AsSpan(first..(pad + 1)).Contains(false))
            throw new ArgumentException($"{Owner}: the vocabulary has no entry for some id up to {pad}, the encoder's padding token; expected one for each. Leave Corpus null, or correct the checkpoint.");
        return (smaller, [.. keep.Index().Where(entry => entry.Item).Select(entry => entry.Index)]);
    }

    private int HeadsToCut(TextEncoderConfig config)
    {
        int heads = Enumerable.Range(0, config.LayerCount).Sum(layer => config.HeadsOf(layer).Length), count = (int)Math.Round(options.PrunedHeadFraction * heads);
        if (count > heads - config.LayerCount)
            throw new ArgumentException(FormattableString.Invariant($"{Owner}: PrunedHeadFraction is {options.PrunedHeadFraction}, {count} of {heads} heads, but each of the {config.LayerCount} layers keeps one; expected {heads - config.LayerCount} heads at most."));
        if (count == 0 && options.PrunedHeadFraction > 0)
            throw new ArgumentException(FormattableString.Invariant($"{Owner}: PrunedHeadFraction is {options.PrunedHeadFraction}, which is none of {heads} heads; expected {1.0 / heads:G2} or more for one, or 0."));
        return count;
    }
}
