using System.Text;
using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Adds up the log-likelihood of texts, token by token after those before it.</summary>
internal sealed class PerplexityMeter(GptModel model, TextNetworkRunner runner, int tokensPerBatch)
{
    // Enough to sort by length, few enough to hold.
    private const int WindowsAtOnce = 256;

    private readonly List<(int[] Ids, int Known)> _windows = [];
    private double _sum;
    private long _tokens, _words, _bytes;

    public GptPerplexity Measure(IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            ArgumentNullException.ThrowIfNull(text, nameof(texts));
            _bytes += Encoding.UTF8.GetByteCount(text);
            _words += text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            Divide([model.Tokenizer.EndOfTextId, .. model.Tokenizer.Encode(text)]);
        }
        Run();
        if (_tokens == 0) throw new ArgumentException("There are no texts with a character in them; expected at least one.", nameof(texts));
        return new GptPerplexity(Math.Exp(_sum / _tokens), Math.Exp(_sum / Math.Max(1, _words)), _sum / Math.Log(2) / _bytes, _tokens, _words, _bytes);
    }

    // Windows of the network's positions that move on by half: each token is counted once, and after the first window has at least half of them before it.
    private void Divide(int[] ids)
    {
        int positions = model.Network.Config.MaxPositions, stride = Math.Max(1, positions / 2);
        int counted = 0;
        for (int start = 0; counted < ids.Length - 1; start += stride)
        {
            int end = Math.Min(start + positions, ids.Length - 1);   // the last one is predicted only
            _windows.Add((ids[start..(end + 1)], counted - start));
            counted = end;
            if (_windows.Count == WindowsAtOnce) Run();
        }
    }

    private void Run()
    {
        _windows.Sort((a, b) => b.Ids.Length.CompareTo(a.Ids.Length));
        for (int first = 0; first < _windows.Count;)
        {
            int length = _windows[first].Ids.Length - 1;
            int count = Math.Clamp(tokensPerBatch / length, 1, _windows.Count - first);
            List<(int[] Ids, int Known)> batch = _windows.GetRange(first, count);
            runner.Run(device => Add(batch, length, device));
            first += count;
        }
        _windows.Clear();
    }

    private void Add(List<(int[] Ids, int Known)> batch, int length, Device device)
    {
        const long ignored = -100;
        long[] inputs = new long[batch.Count * length], targets = new long[inputs.Length];
        Array.Fill(targets, ignored);
        for (int row = 0; row < batch.Count; row++)
        {
            (int[] ids, int known) = batch[row];
            for (int i = 0; i < ids.Length - 1; i++)
            {
                inputs[row * length + i] = ids[i];
                if (i >= known) targets[row * length + i] = ids[i + 1];
            }
            _tokens += ids.Length - 1 - known;
        }
        GptDecoder network = model.Network;
        Tensor hidden = network.LastHidden(tensor(inputs, device: device).view(batch.Count, length)).flatten(0, 1);
        _sum += network.NegativeLogLikelihood(hidden, tensor(targets, device: device));
    }
}
