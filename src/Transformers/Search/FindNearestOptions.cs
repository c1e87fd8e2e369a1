namespace MLNet.Pretrain.Search;

/// <summary>The columns of a search for nearest rows, and what is nearest. Saved with the fitted transformer.</summary>
public sealed record FindNearestOptions
{
    /// <summary>Column to add: the values of the nearest rows of the index, nearest first, as a vector of <see cref="Count"/> texts or keys. Of equally near rows the one that comes first in the index comes first.</summary>
    public required string OutputColumnName { get; init; }

    /// <summary>Column to add with how near each is: <c>Vector&lt;Single&gt;</c> of <see cref="Count"/>. Default null: <see cref="OutputColumnName"/> with <c>Score</c> behind it.</summary>
    public string? ScoreColumnName { get; init; }

    /// <summary>Column to read, of the rows that ask: <c>Vector&lt;Single&gt;</c> as long as the index has them.</summary>
    public required string InputColumnName { get; init; }

    /// <summary>Column of the index with the vectors: <c>Vector&lt;Single&gt;</c>. Default null: it has the name of <see cref="InputColumnName"/>.</summary>
    public string? VectorColumnName { get; init; }

    /// <summary>Column of the index with what is found: text, or a key.</summary>
    public required string ValueColumnName { get; init; }

    /// <summary>How many rows are found; default 5, 1 to the rows of the index.</summary>
    public int Count { get; init; } = 5;

    /// <summary>What is nearest; default the cosine.</summary>
    public VectorSimilarity Similarity { get; init; } = VectorSimilarity.Cosine;

    internal string Scores => ScoreColumnName ?? OutputColumnName + "Score";

    internal string Vectors => VectorColumnName ?? InputColumnName;

    internal void Validate(string owner)
    {
        Check(!string.IsNullOrEmpty(OutputColumnName), nameof(OutputColumnName), "''", "the name of the column to add");
        Check(!string.IsNullOrEmpty(InputColumnName), nameof(InputColumnName), "''", "the name of the vector column to read");
        Check(!string.IsNullOrEmpty(ValueColumnName), nameof(ValueColumnName), "''", "the name of the index's column of texts or keys");
        Check(VectorColumnName != "", nameof(VectorColumnName), "''", "null or the name of the index's vector column");
        Check(ScoreColumnName != "" && Scores != OutputColumnName, nameof(ScoreColumnName), $"'{ScoreColumnName}'", "null or a name other than OutputColumnName");
        Check(Count >= 1, nameof(Count), Count, "1 or more");
        Check(Enum.IsDefined(Similarity), nameof(Similarity), Similarity, $"one of {string.Join(", ", Enum.GetNames<VectorSimilarity>())}");

        void Check(bool valid, string name, object found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found}; expected {expected}."));
        }
    }
}
