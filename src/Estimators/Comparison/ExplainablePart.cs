using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>The last network of a fitted pipeline that can tell which words spoke for a class, and what stands before it.</summary>
internal sealed class ExplainablePart
{
    private readonly ITransformer[] _before;

    private ExplainablePart(ITransformer[] before, TextClassificationTransformer classifier) => (_before, Classifier) = (before, classifier);

    public TextClassificationTransformer Classifier { get; }

    /// <summary>The columns it reads: the text, and the second of a pair.</summary>
    public IReadOnlyList<string> Columns => Classifier.Options.PairColumnName is { } pair ? [Classifier.Options.InputColumnName, pair] : [Classifier.Options.InputColumnName];

    /// <summary>Finds it; null where there is none.</summary>
    public static ExplainablePart? Find(ITransformer model)
    {
        ITransformer[] parts = [.. Flatten(model)];
        int last = Array.FindLastIndex(parts, part => part is TextClassificationTransformer);
        return last < 0 ? null : new(parts[..last], (TextClassificationTransformer)parts[last]);
    }

    /// <summary>What the network reads of these rows: earlier transforms may have changed the text.</summary>
    public IDataView Input(IDataView rows) => _before.Aggregate(rows, (view, part) => part.Transform(view));

    // Chains may hold chains.
    private static IEnumerable<ITransformer> Flatten(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];
}
