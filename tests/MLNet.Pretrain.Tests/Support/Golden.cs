namespace MLNet.Pretrain.Tests.Support;

/// <summary>Outputs of reference implementations, copied beside the tests. Each folder's README says how they were made.</summary>
internal static class Golden
{
    public static string Path(string relative) => System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", relative);
}
