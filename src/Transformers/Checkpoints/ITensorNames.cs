namespace MLNet.Pretrain.Checkpoints;

/// <summary>Our parameter names and Hugging Face's, of one family.</summary>
internal interface ITensorNames
{
    /// <summary>Hugging Face's names of a parameter, without the family's prefix. Several are stacked by rows in ours.</summary>
    string[] TheirsOf(string parameter);

    /// <summary>The name as a file of ours has it.</summary>
    string WithPrefix(string parameter, string theirs);

    /// <summary>A name of a file without prefix, with today's spelling.</summary>
    string Normalise(string theirs);

    /// <summary>Whether a tensor belongs to another task or is derived: read by nothing of ours and missed by nobody.</summary>
    bool IsIgnored(string normalised);

    /// <summary>Whether the file's matrix is [in, out] where ours is [out, in].</summary>
    bool IsTransposed(string parameter);
}
