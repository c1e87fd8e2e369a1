namespace MLNet.Pretrain.Training;

/// <summary>What every row of a token store has in common.</summary>
/// <param name="VocabularySize">Ids are 0 to this - 1; under 65,537 an id takes two bytes.</param>
/// <param name="PadTokenId">Fills batches.</param>
/// <param name="HasTokenTypes">Whether batches carry token types.</param>
/// <param name="Labels">What labels are.</param>
/// <param name="ClassCount">Classes that the sets are made of: they are 0 to this - 1. Of no meaning to other kinds of labels.</param>
internal sealed record TokenStoreFormat(int VocabularySize, int PadTokenId, bool HasTokenTypes, LabelKind Labels, int ClassCount = 0)
{
    /// <summary>Bytes of an id on disk, or of a class in a set.</summary>
    public int IdBytes => Math.Max(VocabularySize, ClassCount) <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(int);
}
