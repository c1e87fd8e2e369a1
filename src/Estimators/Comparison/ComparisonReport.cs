using System.Runtime.InteropServices;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Comparison.Rendering;

namespace MLNet.Pretrain.Comparison;

/// <summary>
/// What a comparison found. Its text form is a table with the verdict; it writes itself as Markdown, JSON and one self-contained HTML page.
/// Owns the models fitted on all rows: dispose it when done with them.
/// </summary>
public sealed class ComparisonReport : IDisposable
{
    internal ComparisonReport(ComparisonOptions options, string baseline, IReadOnlyList<string> classes, long testRows, IReadOnlyList<CandidateResult> candidates)
    {
        (Options, Baseline, Classes, TestRows, Candidates) = (options, baseline, classes, testRows, candidates);
        Verdict = Comparison.Verdict.Of(this);
    }

    /// <summary>What was asked for.</summary>
    public ComparisonOptions Options { get; }

    /// <summary>Name of the candidate the others are held against.</summary>
    public string Baseline { get; }

    /// <summary>The classes of training and test rows, in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Labelled test rows.</summary>
    public long TestRows { get; }

    /// <summary>One result a candidate, in the order given.</summary>
    public IReadOnlyList<CandidateResult> Candidates { get; }

    /// <summary>In plain words: which candidate wins, by how much, at what cost; or that the baseline does.</summary>
    public string Verdict { get; }

    /// <summary>Processor count, operating system and runtime the costs were measured on.</summary>
    public string Machine { get; } = $"{Environment.ProcessorCount} processors ({RuntimeInformation.ProcessArchitecture}), {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";

    /// <summary>The result of a candidate.</summary>
    /// <param name="candidate">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no such candidate.</exception>
    public CandidateResult this[string candidate] => Candidates.FirstOrDefault(c => c.Name == candidate)
        ?? throw new KeyNotFoundException($"There is no candidate '{candidate}'; there are {string.Join(", ", Candidates.Select(c => $"'{c.Name}'"))}.");

    /// <summary>The table, the learning curve and the verdict, for a console.</summary>
    public override string ToString() => TextReport.Write(this);

    /// <summary>The same as Markdown.</summary>
    public string ToMarkdown() => MarkdownReport.Write(this);

    /// <summary>Every figure, per-class and confusion counts included, as JSON.</summary>
    public string ToJson() => JsonReport.Write(this);

    /// <summary>A page of its own, with plots, for a phone as for a desk, by day and by night. It loads nothing from anywhere.</summary>
    public string ToHtml() => HtmlReport.Write(this);

    /// <summary>Writes <see cref="ToMarkdown"/>.</summary>
    /// <param name="path">Replaced only once the new content is complete.</param>
    public void SaveMarkdown(string path) => AtomicFile.Write(path, ToMarkdown());

    /// <summary>Writes <see cref="ToJson"/>.</summary>
    /// <param name="path">Replaced only once the new content is complete.</param>
    public void SaveJson(string path) => AtomicFile.Write(path, ToJson());

    /// <summary>Writes <see cref="ToHtml"/>.</summary>
    /// <param name="path">Replaced only once the new content is complete.</param>
    public void SaveHtml(string path) => AtomicFile.Write(path, ToHtml());

    /// <summary>Frees the models that were fitted here.</summary>
    public void Dispose()
    {
        foreach (CandidateResult candidate in Candidates.Where(c => !c.CameFitted)) (candidate.Model as IDisposable)?.Dispose();
    }
}
