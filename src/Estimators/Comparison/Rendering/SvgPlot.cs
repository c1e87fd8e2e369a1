using System.Globalization;
using System.Xml.Linq;
using OxyPlot;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>Makes a plot an SVG that grows and shrinks with the page and takes its text colour from it, so that it is readable in dark mode.</summary>
internal static class SvgPlot
{
    private const int Width = 480;
    private const int Height = 300;

    /// <summary>Stands for the page's text colour.</summary>
    public static readonly OxyColor Ink = OxyColor.FromRgb(1, 2, 3);

    /// <summary>Stands for a faint form of it.</summary>
    public static readonly OxyColor Grid = OxyColor.FromRgb(4, 5, 6);

    /// <param name="plot">The plot.</param>
    /// <param name="description">For those who cannot see it.</param>
    /// <param name="id">Unique in the page: the plots share one space of names.</param>
    public static string Write(PlotModel plot, string description, string id)
    {
        var svg = XElement.Parse(new SvgExporter { Width = Width, Height = Height, IsDocument = false }.ExportToString(plot));
        svg.SetAttributeValue("width", null);
        svg.SetAttributeValue("height", null);
        svg.SetAttributeValue("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width} {Height}"));
        svg.SetAttributeValue("role", "img");
        svg.SetAttributeValue("aria-label", description);
        // The page's own font, which its style sheet names.
        foreach (XAttribute font in svg.Descendants().Attributes("font-family").ToArray()) font.Remove();
        return svg.ToString(SaveOptions.DisableFormatting)
            .Replace("\"clipPath", $"\"{id}", StringComparison.Ordinal).Replace("#clipPath", $"#{id}", StringComparison.Ordinal)
            .Replace(Css(Ink), "currentColor", StringComparison.Ordinal)
            .Replace(Css(Grid), "var(--grid)", StringComparison.Ordinal);
    }

    private static string Css(OxyColor colour) => $"rgb({colour.R},{colour.G},{colour.B})";
}
