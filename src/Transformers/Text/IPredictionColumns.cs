using Microsoft.ML;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>How a network's outputs become the columns that ML.NET expects of a kind of predictor.</summary>
internal interface IPredictionColumns
{
    /// <summary>How the kind is written in a saved model.</summary>
    string Name { get; }

    /// <summary>How Hugging Face's libraries call the kind, where they do not see it from the labels (<c>problem_type</c> of <c>config.json</c>); null = they do.</summary>
    string? ProblemType => null;

    /// <summary>The classes; null where numbers are predicted.</summary>
    LabelValues? Labels { get; }

    /// <summary>Floats kept a row.</summary>
    int Width { get; }

    IReadOnlyList<DataViewSchema.DetachedColumn> Describe(DataViewSchema input);

    /// <summary>What is kept of a batch's logits.</summary>
    /// <param name="logits">[B, K]</param>
    /// <returns>[B, Width]</returns>
    Tensor Reduce(Tensor logits);

    /// <summary>The number that an explanation of a prediction is about: log-odds of a class, or the number predicted.</summary>
    /// <param name="logits">[B, K]</param>
    /// <param name="index">The class; 0 where numbers are predicted.</param>
    /// <returns>[B]</returns>
    Tensor Explained(Tensor logits, int index);

    /// <summary>A getter of a column that reads a row's kept values.</summary>
    Delegate GetGetter(int column, RowValues values);
}

/// <summary>The kept values of the present row.</summary>
internal delegate ReadOnlySpan<float> RowValues();
