using System.Text;

namespace MLNet.Pretrain.Text;

/// <summary>Continues texts with a GPT.</summary>
internal sealed class TextGeneration(GptModel model, TextNetworkRunner runner, GenerationOptions options)
{
    private readonly int _seed = options.Seed ?? Random.Shared.Next();

    /// <summary>Continues each prompt, those of about one length together.</summary>
    public string[] All(IReadOnlyList<string> prompts)
    {
        int[][] ids = [.. prompts.Select(Ids)];
        string[] results = new string[prompts.Count];
        foreach (int[] batch in Enumerable.Range(0, prompts.Count).OrderBy(i => ids[i].Length).Chunk(options.PromptsPerBatch))
        {
            Text[] texts = [.. batch.Select(i => new Text(model, options, ids[i], _seed, i))];
            using GenerationBatch generation = Start(texts);
            while (generation.Step()) options.CancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < batch.Length; i++) results[batch[i]] = texts[i].TakeAll();
        }
        return results;
    }

    /// <summary>Continues one prompt; each piece of text comes as soon as it is certain.</summary>
    public IEnumerable<string> Pieces(string prompt)
    {
        var text = new Text(model, options, Ids(prompt), _seed, 0);
        using GenerationBatch generation = Start(text);
        while (generation.Step())
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            string piece = text.Take();
            if (piece.Length > 0) yield return piece;
        }
        string rest = text.TakeAll();
        if (rest.Length > 0) yield return rest;
    }

    private GenerationBatch Start(params Text[] texts) => new(model.Network, runner, [.. texts.Select(t => t.Row)], options.MaxNewTokens, model.Tokenizer.VocabSize);

    // Without a prompt a document begins.
    private int[] Ids(string prompt) => model.Tokenizer.Encode(prompt) is { Count: > 0 } ids ? [.. ids] : [model.Tokenizer.EndOfTextId];

    /// <summary>A text in the making.</summary>
    private sealed class Text
    {
        private readonly TokenTextStream _stream;
        private readonly StringBuilder _ready = new();

        public Text(GptModel model, GenerationOptions options, IReadOnlyList<int> prompt, int seed, int index)
        {
            _stream = new TokenTextStream(model.Tokenizer, options.StopStrings);
            // Seeds of neighbours must not lie near each other: the multiplier is that of SplitMix64, cut to 32 bits.
            var sampler = new TokenSampler(options, unchecked(seed + index * (int)0x9E3779B9));
            Row = new GenerationRow(prompt, model.Network.Config.MaxPositions, sampler, id =>
            {
                if (id == model.Tokenizer.EndOfTextId) return false;
                _ready.Append(_stream.Append(id));
                return !_stream.Stopped;
            });
        }

        public GenerationRow Row { get; }

        public string Take()
        {
            string text = _ready.ToString();
            _ready.Clear();
            return text;
        }

        public string TakeAll() => Take() + _stream.Complete();
    }
}
