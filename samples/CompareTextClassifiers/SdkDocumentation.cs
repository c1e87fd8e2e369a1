using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace CompareTextClassifiers;

/// <summary>
/// Real English that every .NET machine has: the documentation of the base class library beside the SDK. The task is to route a member's
/// summary to its area, the part of <c>System</c> that it belongs to.
/// </summary>
public static partial class SdkDocumentation
{
    private static readonly HashSet<string> s_areas =
    [
        "Runtime", "Net", "Security", "Xml", "Reflection", "Data", "Collections", "ComponentModel", "Diagnostics", "Text", "IO", "Threading", "Linq", "Numerics", "Globalization",
    ];

    /// <summary>The documentation files of the newest reference pack beside the running .NET.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no SDK here.</exception>
    public static IReadOnlyList<string> FindFiles()
    {
        // .../dotnet/shared/Microsoft.NETCore.App/10.0.0/ -> .../dotnet
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        string[] roots = [root, Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? root];
        foreach (string packs in roots.Select(r => Path.Combine(r, "packs", "Microsoft.NETCore.App.Ref")).Where(Directory.Exists))
        {
            string? newest = Directory.GetDirectories(packs).OrderByDescending(d => Version.TryParse(Path.GetFileName(d).Split('-')[0], out Version? v) ? v : new Version()).FirstOrDefault();
            if (newest is null) continue;
            string[] files = Directory.GetFiles(Path.Combine(newest, "ref"), "*.xml", SearchOption.AllDirectories);
            if (files.Length > 0) return [.. files.Order(StringComparer.Ordinal)];
        }
        throw new DirectoryNotFoundException($"No documentation was found under {string.Join(" or ", roots.Distinct())}: expected packs/Microsoft.NETCore.App.Ref, which the .NET SDK brings. Install the SDK, or name your own data with --train and --test.");
    }

    /// <summary>The version of the reference pack that the files of <see cref="FindFiles"/> are of.</summary>
    public static string VersionOf(IReadOnlyList<string> files) => Path.GetFileName(Path.GetFullPath(Path.Combine(files[0], "..", "..", "..")));

    /// <summary>Summaries with their areas, split so that members of one type never stand on both sides.</summary>
    public static (IReadOnlyList<LabelledText> Train, IReadOnlyList<LabelledText> Test) Load(IEnumerable<string> files)
    {
        var train = new List<LabelledText>();
        var test = new List<LabelledText>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string type, string area, string text) in files.SelectMany(Read))
        {
            // Overloads and overrides repeat sentences; one that stands in two areas would teach nothing and test luck.
            if (seen.Add(text)) (IsTest(type) ? test : train).Add(new LabelledText { Text = text, Category = area });
        }
        return (train, test);
    }

    /// <summary>Every text of the documentation (summaries, remarks, parameters, returns, exceptions) of all types but those on the test side.</summary>
    public static IEnumerable<string> UnlabelledTexts(IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            foreach (XElement member in Members(file))
            {
                string id = (string)member.Attribute("name")!, name = id[2..].Split('(')[0];
                if (IsTest(id[0] is 'T' || !name.Contains('.') ? name : name[..name.LastIndexOf('.')].TrimEnd('#'))) continue;
                foreach (XElement part in member.Elements())
                {
                    string text = PlainText(part);
                    if (text.Length >= 10) yield return text;
                }
            }
        }
    }

    /// <summary>The summaries, remarks and return values of each type and its members, a document a type; those of the test side are left out, and a sentence that repeats inside a type stands once.</summary>
    public static IEnumerable<(string Type, IReadOnlyList<string> Texts)> Documents(IEnumerable<string> files)
    {
        var types = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var seen = new HashSet<(string, string)>();
        foreach (XElement member in files.SelectMany(Members))
        {
            string id = (string)member.Attribute("name")!, name = id[2..].Split('(')[0];
            string type = id[0] is 'T' || !name.Contains('.') ? name : name[..name.LastIndexOf('.')].TrimEnd('#');
            if (IsTest(type)) continue;
            foreach (XElement part in member.Elements().Where(e => e.Name.LocalName is "summary" or "remarks" or "returns"))
            {
                string text = PlainText(part);
                if (text.Length < 10 || !seen.Add((type, text))) continue;
                if (!types.TryGetValue(type, out List<string>? texts)) types[type] = texts = [];
                texts.Add(text);
            }
        }
        return types.Select(t => (t.Key, (IReadOnlyList<string>)t.Value));
    }

    /// <summary>The area of a documentation id such as <c>M:System.IO.File.Open(System.String)</c>, and its declaring type; null where it is of none.</summary>
    public static (string Type, string Area)? Place(string id)
    {
        string name = id[2..].Split('(')[0];
        string[] parts = name.Split('.');
        if (parts.Length < 3 || parts[0] != "System" || !s_areas.Contains(parts[1])) return null;
        return (id[0] is 'T' ? name : name[..name.LastIndexOf('.')].TrimEnd('#'), parts[1]);
    }

    /// <summary>Plain text of a summary: references become short names, identifiers become words, white space is one space.</summary>
    public static string PlainText(XElement summary)
    {
        var text = new StringBuilder();
        foreach (XNode node in summary.DescendantNodes())
        {
            if (node is XText plain) text.Append(plain.Value);
            else if (node is XElement element && (element.Attribute("cref") ?? element.Attribute("langword") ?? element.Attribute("name")) is { } reference)
                text.Append(' ').Append(ShortName(reference.Value)).Append(' ');
        }
        return White().Replace(SplitWords(text.ToString()), " ").Trim();
    }

    /// <summary>Camel case to words: <c>ReadOnlySpan</c> to <c>Read Only Span</c>, <c>XMLReader</c> to <c>XML Reader</c>.</summary>
    public static string SplitWords(string text) => CamelCase().Replace(text, " ");

    private static IEnumerable<(string Type, string Area, string Text)> Read(string file)
    {
        foreach (XElement member in Members(file))
        {
            if (Place((string)member.Attribute("name")!) is not { } place || member.Element("summary") is not { } summary) continue;
            string text = PlainText(summary);
            if (text.Length >= 10) yield return (place.Type, place.Area, text);
        }
    }

    private static IEnumerable<XElement> Members(string file)
    {
        using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        while (reader.ReadToFollowing("member"))
        {
            if (reader.GetAttribute("name") is not { Length: > 2 }) continue;
            using XmlReader inner = reader.ReadSubtree();
            yield return XElement.Load(inner);
        }
    }

    // A fifth of the types, by a hash that is the same everywhere.
    private static bool IsTest(string type)
    {
        uint hash = 2166136261;
        foreach (char c in type) hash = (hash ^ c) * 16777619;
        return hash % 5 == 0;
    }

    private static string ShortName(string cref)
    {
        string name = cref.Length > 2 && cref[1] == ':' ? cref[2..] : cref;
        name = name.Split('(')[0];
        return Arity().Replace(name[(name.LastIndexOf('.') + 1)..], "").Replace("#ctor", "constructor", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")]
    private static partial Regex CamelCase();

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();

    [GeneratedRegex(@"`+\d+")]
    private static partial Regex Arity();
}
