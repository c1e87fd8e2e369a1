using System.Collections;
using Microsoft.ML;

namespace MLNet.Pretrain.Comparison;

/// <summary>
/// Pipelines to compare, by name, in the order added; the first is the baseline unless <see cref="ComparisonOptions.Baseline"/> names another.
/// <code>new() { ["BoW + LR"] = bow, ["BERT"] = tuned }</code>
/// </summary>
public sealed class ComparisonCandidates : IEnumerable<KeyValuePair<string, IEstimator<ITransformer>>>
{
    private readonly List<KeyValuePair<string, IEstimator<ITransformer>>> _candidates = [];

    /// <summary>Number of candidates.</summary>
    public int Count => _candidates.Count;

    /// <summary>Adds a candidate.</summary>
    /// <param name="name">As it will stand in the report; used once.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public IEstimator<ITransformer> this[string name]
    {
        set
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(name);
            ArgumentNullException.ThrowIfNull(value);
            if (_candidates.Any(c => c.Key == name)) throw new ArgumentException($"There are two candidates named '{name}'; give each its own name.");
            _candidates.Add(new(name, value));
        }
    }

    /// <summary>A model that is fitted already, such as the teacher of the other candidates: it is measured as it is, has no learning curve, and stays the caller's.</summary>
    /// <param name="model">Not disposed by the report.</param>
    /// <returns>A candidate; no part for a pipeline.</returns>
    public static IEstimator<ITransformer> Fitted(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new FittedCandidate(model);
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, IEstimator<ITransformer>>> GetEnumerator() => _candidates.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
