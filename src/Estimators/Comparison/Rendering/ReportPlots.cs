using MLNet.Pretrain.Metrics;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>The report's plots, in colours that hold on white as on black (Okabe and Ito 2008).</summary>
internal static class ReportPlots
{
    private static readonly OxyColor[] s_colours =
    [
        OxyColor.FromRgb(0x00, 0x72, 0xB2), OxyColor.FromRgb(0xD5, 0x5E, 0x00), OxyColor.FromRgb(0x00, 0x9E, 0x73),
        OxyColor.FromRgb(0xCC, 0x79, 0xA7), OxyColor.FromRgb(0xE6, 0x9F, 0x00), OxyColor.FromRgb(0x56, 0xB4, 0xE9),
    ];

    /// <summary>A candidate's colour as CSS.</summary>
    public static string Css(int i) => $"rgb({Colour(i).R},{Colour(i).G},{Colour(i).B})";

    /// <summary>Accuracy with its interval, one line a candidate.</summary>
    public static PlotModel Accuracy(ComparisonReport report)
    {
        PlotModel plot = Empty(left: 165);
        var names = new CategoryAxis { Position = AxisPosition.Left, StartPosition = 1, EndPosition = 0, IsTickCentered = true, GapWidth = 1 };
        names.Labels.AddRange(report.Candidates.Select(c => Shorten(c.Name)));
        plot.Axes.Add(Styled(names));
        plot.Axes.Add(Styled(new LinearAxis { Position = AxisPosition.Bottom, Title = "Accuracy", MinimumPadding = 0.1, MaximumPadding = 0.1 }));
        foreach ((int i, CandidateResult c) in report.Candidates.Index())
        {
            Interval interval = c.Full.AccuracyInterval;
            var range = new LineSeries { Color = Colour(i), StrokeThickness = 3 };
            range.Points.AddRange([new(interval.Low, i), new(interval.High, i)]);
            plot.Series.Add(range);
            var point = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerFill = Colour(i), MarkerSize = 6 };
            point.Points.Add(new(c.Full.Accuracy, i));
            plot.Series.Add(point);
        }
        return plot;
    }

    /// <summary>Accuracy over labels a class, with intervals; null where there was one budget only.</summary>
    public static PlotModel? LearningCurve(ComparisonReport report)
    {
        if (report.Candidates.All(c => c.LearningCurve.Count < 2)) return null;
        PlotModel plot = Empty();
        plot.Axes.Add(Styled(new LogarithmicAxis { Position = AxisPosition.Bottom, Title = "Training rows a class", MajorStep = 10, MinorTickSize = 3 }));
        plot.Axes.Add(Styled(new LinearAxis { Position = AxisPosition.Left }));
        foreach ((int i, CandidateResult c) in report.Candidates.Index())
        {
            var band = new AreaSeries { Color = OxyColors.Undefined, Fill = OxyColor.FromAColor(48, Colour(i)), StrokeThickness = 0 };
            var line = new LineSeries { Color = Colour(i), StrokeThickness = 2, MarkerType = MarkerType.Circle, MarkerFill = Colour(i), MarkerSize = 4 };
            foreach (CandidateMeasurement m in c.LearningCurve)
            {
                // What came fitted has no place on the axis.
                if (m.TrainRows is not { } trainRows) continue;
                double x = (double)trainRows / report.Classes.Count;
                band.Points.Add(new(x, m.AccuracyInterval.Low));
                band.Points2.Add(new(x, m.AccuracyInterval.High));
                line.Points.Add(new(x, m.Accuracy));
            }
            plot.Series.Add(band);
            plot.Series.Add(line);
        }
        return plot;
    }

    /// <summary>What accuracy costs: rows scored a second against it.</summary>
    public static PlotModel Cost(ComparisonReport report)
    {
        PlotModel plot = Empty();
        plot.Axes.Add(Styled(new LogarithmicAxis
        {
            Position = AxisPosition.Bottom,
            Title = "Rows scored a second",
            Minimum = report.Candidates.Min(c => c.Full.RowsPerSecond) / 3,
            Maximum = report.Candidates.Max(c => c.Full.RowsPerSecond) * 6,
        }));
        plot.Axes.Add(Styled(new LinearAxis { Position = AxisPosition.Left, MinimumPadding = 0.15, MaximumPadding = 0.15 }));
        foreach ((int i, CandidateResult c) in report.Candidates.Index())
        {
            var point = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerFill = Colour(i), MarkerSize = 6 };
            point.Points.Add(new(c.Full.RowsPerSecond, c.Full.Accuracy));
            plot.Series.Add(point);
            plot.Annotations.Add(new TextAnnotation
            {
                Text = Shorten(c.Name),
                TextPosition = new(c.Full.RowsPerSecond, c.Full.Accuracy),
                TextVerticalAlignment = VerticalAlignment.Bottom,
                Offset = new ScreenVector(0, -8),
                Stroke = OxyColors.Transparent,
                TextColor = SvgPlot.Ink,
                FontSize = 12,
            });
        }
        return plot;
    }

    private static OxyColor Colour(int i) => s_colours[i % s_colours.Length];

    private static string Shorten(string name) => name.Length <= 24 ? name : name[..23] + "…";

    // The margin is ours to choose: OxyPlot cannot know how wide a browser draws the labels.
    private static PlotModel Empty(double left = 50) => new()
    {
        PlotMargins = new OxyThickness(left, 10, 20, 45),
        Background = OxyColors.Transparent,
        PlotAreaBorderThickness = new OxyThickness(0),
        TextColor = SvgPlot.Ink,
        TitleColor = SvgPlot.Ink,
        IsLegendVisible = false,
        DefaultFontSize = 13,
    };

    private static Axis Styled(Axis axis)
    {
        (axis.TextColor, axis.TitleColor, axis.AxislineColor, axis.TicklineColor, axis.MinorTicklineColor) = (SvgPlot.Ink, SvgPlot.Ink, SvgPlot.Ink, SvgPlot.Ink, SvgPlot.Ink);
        (axis.AxislineStyle, axis.MajorGridlineStyle, axis.MajorGridlineColor) = (LineStyle.Solid, LineStyle.Solid, SvgPlot.Grid);
        return axis;
    }
}
