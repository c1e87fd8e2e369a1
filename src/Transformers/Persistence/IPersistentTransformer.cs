namespace MLNet.Pretrain.Persistence;

/// <summary>A transformer that saves itself as files and settings; how these get into ML.NET's zip is not its concern.</summary>
internal interface IPersistentTransformer
{
    /// <summary>The name by which ML.NET finds the loader.</summary>
    string LoaderSignature { get; }

    /// <summary>Writes its files into an empty directory (subdirectories are not saved) and its columns and options into <paramref name="settings"/>.</summary>
    void SaveTo(string directory, IDictionary<string, string> settings);
}
