using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Comparison;

/// <summary>Fits every candidate on the same rows, measures all on the same test rows, and holds them against the baseline.</summary>
internal sealed class ComparisonRunner(IDataView train, IDataView test, ComparisonCandidates candidates, ComparisonOptions options)
{
    private readonly Bootstrap _bootstrap = new(options.BootstrapResamples, options.Confidence, options.Seed);
    private int _fitsDone;

    public ComparisonReport Run()
    {
        Check();
        LabelBudgets budgets = LabelBudgets.Of(train, options.LabelColumnName, options.Seed);
        string[] classes = [.. budgets.Classes];
        if (budgets.RowCount == 0) throw new InvalidOperationException("Compare: the training data has no rows; expected labelled rows of two classes or more.");
        if (classes.Length < 2)
            throw new InvalidOperationException($"Compare: column '{options.LabelColumnName}' of the training data has {(classes.Length == 0 ? "no class" : $"one class only, '{classes[0]}'")}; expected two or more. Check the column's name and the filter on the rows.");
        TestRows rows = TestRows.Of(test, options.LabelColumnName, classes);
        options.Errors.CheckRows("Compare", rows.RowCount);
        if (rows.Truth.Length == 0) throw new InvalidOperationException($"Compare: the test data has no row with a value in column '{options.LabelColumnName}'; expected labelled rows.");

        int?[] steps = [.. options.LabelBudgets.Distinct().Order().Where(b => b < budgets.LargestClass).Select(b => (int?)b), null];
        int total = candidates.Sum(c => c.Value is FittedCandidate ? 1 : steps.Length);
        var fitted = new List<Fitted>();
        try
        {
            foreach ((string name, IEstimator<ITransformer> estimator) in candidates)
                fitted.Add(FitCandidate(name, estimator, budgets, estimator is FittedCandidate ? [null] : steps, rows, total));
            // After all costs are measured: explanations take time and memory of their own.
            var errors = new ErrorAnalysis(test, rows.Classes, options.LabelColumnName, options.Errors, options.CancellationToken);
            Fitted? teacher = fitted.SingleOrDefault(f => f.Name == options.Teacher);
            TeacherComparison? beside = teacher is null ? null : new(rows, _bootstrap, teacher.Predictions);
            var results = new List<CandidateResult>();
            foreach ((int i, Fitted f) in fitted.Index())
            {
                IReadOnlyList<PredictedRow> differences = beside is null || f == teacher ? [] : beside.Differences(f.Predictions, options.Errors.Mistakes);
                (ModelErrors own, IReadOnlyList<RowPrediction> shown) = Named(f.Name, "could not be read for its mistakes", () => errors.Of(f.Model, f.Predictions, differences));
                results.Add(Result(f, own, f == teacher ? null : beside?.Of(f.Predictions, shown)));
            }
            return Report(fitted, rows, results);
        }
        catch
        {
            foreach (Fitted f in fitted) Release(f.Model, f.Curve[^1].FitTime is null);
            throw;
        }
    }

    private void Check()
    {
        options.Validate(test);
        if (candidates.Count < 2) throw new ArgumentException($"Compare: there are {candidates.Count} candidates; expected a baseline and one other at least.");
        if (options.Baseline is { } baseline && candidates.All(c => c.Key != baseline))
            throw new ArgumentException($"Compare: Baseline is '{baseline}', which is no candidate. Candidates: {string.Join(", ", candidates.Select(c => $"'{c.Key}'"))}.");
        if (options.Teacher is { } teacher && candidates.All(c => c.Key != teacher))
            throw new ArgumentException($"Compare: Teacher is '{teacher}', which is no candidate. Candidates: {string.Join(", ", candidates.Select(c => $"'{c.Key}'"))}. Add it, a fitted model as ComparisonCandidates.Fitted(model).");
        foreach ((string name, IDataView data) in new[] { ("training", train), ("test", test) })
            if (data.Schema.GetColumnOrNull(options.LabelColumnName) is null)
                throw new ArgumentException($"Compare: the {name} data has no column '{options.LabelColumnName}'. Columns found: {string.Join(", ", data.Schema.Select(c => $"'{c.Name}'"))}. Name the column of the true class in LabelColumnName.");
        // Before the first fit: a wrong column in the last candidate must not cost the hours of the others.
        foreach ((string name, IEstimator<ITransformer> estimator) in candidates)
        {
            SchemaShape shape = Named(name, "does not fit the training data", () => estimator is FittedCandidate came ? came.GetOutputSchema(train.Schema) : estimator.GetOutputSchema(SchemaShapes.Of(train.Schema)));
            if (shape.Find(options.PredictedLabelColumnName) is null)
                throw new ArgumentException($"Compare: candidate '{name}' gives no column '{options.PredictedLabelColumnName}'. End it with a trainer, or name its column in PredictedLabelColumnName.");
        }
    }

    private Fitted FitCandidate(string name, IEstimator<ITransformer> estimator, LabelBudgets budgets, int?[] steps, TestRows rows, int total)
    {
        var curve = new List<CandidateMeasurement>();
        for (int i = 0; ; i++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            int? perClass = steps[i];
            options.Progress?.Report(new(name, perClass, _fitsDone, total, null));
            IDataView data = perClass is { } n ? budgets.Take(train, n) : train;
            string what = perClass is { } p ? $"failed on {p} rows a class" : "failed on all rows";
            ITransformer? model = null;
            try
            {
                (CandidateMeasurement measured, Predictions predictions) = Named(name, what, () => Measure(estimator, data, perClass, perClass is null ? budgets.RowCount : data.GetRowCount()!.Value, rows, out model));
                curve.Add(measured);
                options.Progress?.Report(new(name, perClass, ++_fitsDone, total, measured));
                if (perClass is null) return Finish(name, model!, curve, predictions);
            }
            catch
            {
                Release(model, estimator is FittedCandidate);
                throw;
            }
            Release(model, estimator is FittedCandidate);
        }
    }

    private (CandidateMeasurement, Predictions) Measure(IEstimator<ITransformer> estimator, IDataView data, int? perClass, long trainRows, TestRows rows, out ITransformer? fitted)
    {
        ITransformer? model = null;
        try
        {
            ((TimeSpan fit, TimeSpan score, Predictions predictions), long memory) = CostMeter.WithPeakMemory(() =>
            {
                var clock = Stopwatch.StartNew();
                model = estimator.Fit(data);
                TimeSpan fit = clock.Elapsed;
                // Models that came fitted begin as cold as those that were fitted just now are warm.
                CostMeter.Warm(model, test, options.PredictedLabelColumnName, rows.RowCount);
                clock.Restart();
                Predictions read = Predictions.Read(model.Transform(test), options.PredictedLabelColumnName, rows, perClass is null ? options.Errors.Mistakes : 0, perClass is null ? options.Errors.Rows : []);
                return (fit, clock.Elapsed, read);
            });
            var confusion = new ConfusionCounts(rows.Truth, predictions.Classes, rows.Classes.Count);
            return (new CandidateMeasurement
            {
                LabelsPerClass = perClass,
                TrainRows = estimator is FittedCandidate ? null : trainRows,
                Confusion = confusion,
                AccuracyInterval = _bootstrap.OfMean(Right(predictions, rows, right => right ? 1.0 : 0)),
                MacroF1Interval = _bootstrap.OfMacroF1(rows.Truth, predictions.Classes, rows.Classes.Count),
                LogLoss = predictions.LogLoss,
                FitTime = estimator is FittedCandidate ? null : fit,
                AddedMemoryBytes = memory,
                RowsPerSecond = rows.Truth.Length / score.TotalSeconds,
            }, predictions);
        }
        finally
        {
            fitted = model;
        }
    }

    private Fitted Finish(string name, ITransformer model, List<CandidateMeasurement> curve, Predictions predictions)
    {
        (long? bytes, string? error) = CostMeter.SavedSize(model, train.Schema);
        return new(name, model, curve, predictions, bytes, error, CostMeter.Latency(model, test, options.PredictedLabelColumnName, options.LatencyRows));
    }

    private ComparisonReport Report(List<Fitted> fitted, TestRows rows, List<CandidateResult> results)
    {
        Fitted baseline = options.Baseline is { } name ? fitted.Single(f => f.Name == name) : fitted[0];
        bool[] baselineRight = Right(baseline.Predictions, rows, right => right);
        Fitted[] others = [.. fitted.Where(f => f != baseline)];
        McNemarTest[] tests = [.. others.Select(f => McNemarTest.Of(Right(f.Predictions, rows, right => right), baselineRight))];
        IReadOnlyList<double> pValues = Holm.Adjust([.. tests.Select(t => t.PValue)]);

        BaselineDifference? Against(Fitted f)
        {
            int i = Array.IndexOf(others, f);
            if (i < 0) return null;
            bool[] right = Right(f.Predictions, rows, r => r);
            double[] difference = [.. right.Zip(baselineRight, (a, b) => (a ? 1.0 : 0) - (b ? 1 : 0))];
            return new(difference.Average(), _bootstrap.OfMean(difference), tests[i], pValues[i]);
        }

        return new ComparisonReport(options, baseline.Name, rows.Classes, rows.Truth.Length, [.. fitted.Zip(results, (f, result) => result with { AgainstBaseline = Against(f) })]);
    }

    private static CandidateResult Result(Fitted f, ModelErrors errors, TeacherDifference? againstTeacher) => new()
    {
        Name = f.Name,
        Model = f.Model,
        Full = f.Curve[^1],
        Errors = errors,
        LearningCurve = f.Curve,
        ModelBytes = f.ModelBytes,
        SaveError = f.SaveError,
        Latency = f.Latency,
        AgainstBaseline = null,
        AgainstTeacher = againstTeacher,
    };

    private static void Release(ITransformer? model, bool cameFitted)
    {
        if (!cameFitted) (model as IDisposable)?.Dispose();
    }

    private static T[] Right<T>(Predictions predictions, TestRows rows, Func<bool, T> value) => [.. predictions.Classes.Zip(rows.Truth, (p, t) => value(p == t))];

    private static T Named<T>(string name, string what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            string message = $"Compare: candidate '{name}' {what}: {e.Message}";
            throw e is ArgumentException ? new ArgumentException(message, e) : new InvalidOperationException(message, e);
        }
    }

    private sealed record Fitted(string Name, ITransformer Model, List<CandidateMeasurement> Curve, Predictions Predictions, long? ModelBytes, string? SaveError, LatencyPercentiles? Latency);
}
