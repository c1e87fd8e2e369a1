using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>The columns of a sequence labeller: vectors as long as a row has words, or entities.</summary>
internal static class TokenColumns
{
    public const string Words = "Words", Tags = "PredictedTags", Probabilities = "TagProbabilities";
    public const string EntityText = "EntityText", EntityType = "EntityType", EntityStart = "EntityStart", EntityLength = "EntityLength", EntityConfidence = "EntityConfidence";

    /// <param name="isTokens">Whether words are ready-made and so a column already.</param>
    /// <param name="hasScheme">Whether tags say entities.</param>
    public static IEnumerable<(string Name, PrimitiveDataViewType Item)> Of(bool isTokens, bool hasScheme)
    {
        PrimitiveDataViewType text = TextDataViewType.Instance, whole = NumberDataViewType.Int32, real = NumberDataViewType.Single;
        if (!isTokens) yield return (Words, text);
        yield return (Tags, text);
        yield return (Probabilities, real);
        if (!hasScheme) yield break;
        yield return (EntityText, text);
        yield return (EntityType, text);
        yield return (EntityStart, whole);
        yield return (EntityLength, whole);
        yield return (EntityConfidence, real);
    }
}
