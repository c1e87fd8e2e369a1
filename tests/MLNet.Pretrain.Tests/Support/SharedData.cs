namespace MLNet.Pretrain.Tests.Support;

/// <summary>The optional folder of real data sets beside the checkout, or where MLNET_PRETRAIN_SHARED points.</summary>
internal static class SharedData
{
    public static string? Root { get; } = Find();

    public static string Path(string relative) => System.IO.Path.Combine(Root!, relative);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MLNET_PRETRAIN_SHARED") is { Length: > 0 } set && Directory.Exists(set)) return set;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate)) return System.IO.Path.GetDirectoryName(candidate);
        }
        return null;
    }
}

/// <summary>A fact that needs a file of the shared data folder and skips itself, saying why, where it is absent.</summary>
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string relativePath)
    {
        if (SharedData.Root is null) Skip = $"The shared data folder is not here (set MLNET_PRETRAIN_SHARED); needed: {relativePath}.";
        else if (!Path.Exists(SharedData.Path(relativePath))) Skip = $"{relativePath} is not in the shared data folder.";
    }
}

/// <summary>A theory that needs a file of the shared data folder and skips itself, saying why, where it is absent.</summary>
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute(string relativePath)
    {
        if (SharedData.Root is null) Skip = $"The shared data folder is not here (set MLNET_PRETRAIN_SHARED); needed: {relativePath}.";
        else if (!Path.Exists(SharedData.Path(relativePath))) Skip = $"{relativePath} is not in the shared data folder.";
    }
}
