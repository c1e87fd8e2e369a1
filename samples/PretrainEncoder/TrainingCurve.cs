using System.Net;
using System.Text.Json.Nodes;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace PretrainEncoder;

/// <summary>Draws metrics files as one HTML page.</summary>
public static class TrainingCurve
{
    /// <summary>Loss over steps, smoothed, with the validation losses.</summary>
    /// <param name="metricsFiles">What <c>TrainingOptions.MetricsFile</c> wrote, by stage.</param>
    /// <param name="path">The page.</param>
    public static void Save(IReadOnlyList<(string Stage, string File)> metricsFiles, string path)
    {
        IEnumerable<string> plots = metricsFiles.Select(stage => $"<h2>{WebUtility.HtmlEncode(stage.Stage)}</h2>\n{Svg(stage.File)}");
        File.WriteAllText(path, $"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Pretraining</title></head><body style=\"font-family:sans-serif\">\n<h1>Pretraining</h1>\n{string.Join('\n', plots)}\n</body></html>\n");
    }

    private static string Svg(string file)
    {
        var training = new LineSeries { Title = "training (mean of 50 steps)", Color = OxyColors.SteelBlue };
        var validation = new LineSeries { Title = "validation", Color = OxyColors.OrangeRed, MarkerType = MarkerType.Circle, MarkerSize = 2.5 };
        var recent = new Queue<double>();
        foreach (string line in File.ReadLines(file))
        {
            JsonNode entry = JsonNode.Parse(line)!;
            long step = entry["step"]!.GetValue<long>();
            recent.Enqueue(entry["loss"]!.GetValue<double>());
            if (recent.Count > 50) recent.Dequeue();
            if (step % 10 == 0) training.Points.Add(new DataPoint(step, recent.Average()));
            if (entry["validation"]?["Loss"] is { } loss) validation.Points.Add(new DataPoint(step, loss.GetValue<double>()));
        }
        var model = new PlotModel { Series = { training, validation }, Legends = { new Legend { LegendPosition = LegendPosition.RightTop } } };
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "step", Minimum = 0 });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "loss", MajorGridlineStyle = LineStyle.Dot });
        return new SvgExporter { Width = 800, Height = 400 }.ExportToString(model);
    }
}
