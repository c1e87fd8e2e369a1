using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>What costs nothing: each token's tag by logistic regression over the words around it, their case and their ends. Stock ML.NET.</summary>
internal static class TaggingBaseline
{
    private const int FeatureCount = 12;

    /// <returns>The predicted tags of the test sentences.</returns>
    public static string[][] Predict(MLContext ml, ConllFile.Sentence[] train, ConllFile.Sentence[] test)
    {
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Token.Tag))
            .Append(ml.Transforms.Categorical.OneHotHashEncoding("Features", nameof(Token.Around), OneHotEncodingEstimator.OutputKind.Bag, numberOfBits: 18))
            .AppendCacheCheckpoint(ml)
            .Append(ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 30))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer model = pipeline.Fit(ml.Data.LoadFromEnumerable(train.SelectMany(Tokens)));
        using IEnumerator<string> predicted = model.Transform(ml.Data.LoadFromEnumerable(test.SelectMany(Tokens))).GetColumn<string>("PredictedLabel").GetEnumerator();
        return [.. test.Select(sentence => sentence.Words.Select(_ => predicted.MoveNext() ? predicted.Current : throw new InvalidOperationException("A token has no prediction.")).ToArray())];
    }

    private static IEnumerable<Token> Tokens(ConllFile.Sentence sentence)
    {
        for (int i = 0; i < sentence.Words.Length; i++)
        {
            string word = sentence.Words[i];
            yield return new Token
            {
                Tag = sentence.Tags[i],
                Around =
                [
                    $"0={Lower(i)}", $"-1={Lower(i - 1)}", $"+1={Lower(i + 1)}", $"-2={Lower(i - 2)}", $"+2={Lower(i + 2)}", $"-1,0={Lower(i - 1)} {Lower(i)}", $"0,+1={Lower(i)} {Lower(i + 1)}",
                    $"case={Case(i)}", $"case-1={Case(i - 1)}", $"case+1={Case(i + 1)}", $"start={word[..Math.Min(3, word.Length)]}", $"end={word[^Math.Min(3, word.Length)..]}",
                ],
            };
        }

        string At(int place) => place >= 0 && place < sentence.Words.Length ? sentence.Words[place] : "";
        string Lower(int place) => At(place).ToLowerInvariant();
        // Each run of capitals, small letters and digits as one character.
        string Case(int place) => string.Concat(At(place).Select(c => char.IsUpper(c) ? 'X' : char.IsLower(c) ? 'x' : char.IsDigit(c) ? '9' : c).Aggregate("", (shape, c) => shape.EndsWith(c) ? shape : shape + c));
    }

    private sealed class Token
    {
        public string Tag { get; set; } = "";

        [VectorType(FeatureCount)]
        public string[] Around { get; set; } = [];
    }
}
