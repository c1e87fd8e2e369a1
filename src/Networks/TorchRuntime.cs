using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using TorchSharp;

namespace MLNet.Pretrain.Networks;

/// <summary>Loads TorchSharp's native part once, and says in plain words what is missing where it does not load.</summary>
internal static class TorchRuntime
{
    private static readonly Lazy<TorchLoadException?> s_failure = new(Load);

    /// <summary>Loads the native part if that has not been done.</summary>
    /// <exception cref="TorchLoadException">It does not load.</exception>
    public static void EnsureLoaded()
    {
        if (s_failure.Value is { } failure) throw new TorchLoadException(failure.Message, failure.InnerException);
    }

    private static TorchLoadException? Load()
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            using torch.Tensor _ = torch.zeros(1);
            return null;
        }
        catch (Exception e)
        {
            return new TorchLoadException(Explain(e), e);
        }
    }

    private static string Explain(Exception e)
    {
        string version = typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "?";
        var message = new StringBuilder($"TorchSharp {version} did not load its native library on {RuntimeInformation.RuntimeIdentifier}. ");
        (string? have, string? need) = OperatingSystem.IsLinux() ? LibStdCxx() : (null, null);
        if (have is not null && need is not null && Compare(have, need) < 0)
            message.Append($"Found a libstdc++ with {have}; libLibTorchSharp.so needs {need}. The MLNet.Pretrain package marks that need as optional when your project is built: rebuild it, or update libstdc++. ");
        else
            message.Append($"Expected a libtorch bundle beside the application: reference libtorch-cpu-linux-x64, libtorch-cpu-win-x64, libtorch-cpu-osx-arm64, or TorchSharp-cuda-linux / TorchSharp-cuda-windows. Looked in {AppContext.BaseDirectory} and its runtimes folder. ");
        return message.Append($"The loader said: {e.GetBaseException().Message}").ToString();
    }

    // The highest symbol version that the C++ runtime has, and the highest that TorchSharp's library asks for.
    private static (string? Have, string? Need) LibStdCxx()
    {
        string? shim = Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories).FirstOrDefault();
        string? runtime = new[] { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib" }
            .Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        return (runtime is null ? null : Highest(runtime), shim is null ? null : Highest(shim));
    }

    private static string? Highest(string file) => Regex.Matches(Encoding.Latin1.GetString(File.ReadAllBytes(file)), @"GLIBCXX_\d+\.\d+\.\d+")
        .Select(m => m.Value).Distinct().OrderDescending(Comparer<string>.Create(Compare)).FirstOrDefault();

    private static int Compare(string a, string b) => Version.Parse(a["GLIBCXX_".Length..]).CompareTo(Version.Parse(b["GLIBCXX_".Length..]));
}
