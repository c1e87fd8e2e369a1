using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Conformance;

/// <summary>Every estimator that exists, through every check of the contract.</summary>
public class ConformanceTests
{
    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (ConformanceCase c in ConformanceCases.All)
                foreach (string check in Checks.All.Keys) all.Add(c.Name, check);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Keeps_the_contract(string component, string check) => Checks.All[check](ConformanceCases.All.Single(c => c.Name == component));

    [Fact]
    public void Every_saved_model_gives_the_same_values_in_a_fresh_process()
    {
        using var folder = new TestFolder();
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml);
        (string, string)[] rows = [.. data.GetColumn<string>("Text").Zip(data.GetColumn<string>("Other"))];
        var expected = new List<(string[] Columns, object[][] Rows)>();
        var requests = new List<FreshProcess.Request>();
        foreach (ConformanceCase c in ConformanceCases.All)
        {
            ITransformer model = c.Create(ml).Fit(data);
            using var owned = model as IDisposable;
            requests.Add(new(folder.File($"{requests.Count}.zip"), c.Outputs, rows));
            ml.Model.Save(model, data.Schema, requests[^1].Model);
            IDataView scored = model.Transform(data);
            string[] columns = [.. scored.Schema.Where(s => !s.IsHidden && c.Outputs.Contains(s.Name)).Select(s => s.Name)];
            expected.Add(([.. columns.Select(name => $"{name} {scored.Schema[name].Type}")], [.. RowReader.Read(scored, columns).Select(r => r.Values)]));
        }
        IReadOnlyList<FreshProcess.Answer> answers = FreshProcess.Score(requests);
        answers.Should().HaveCount(ConformanceCases.All.Length);
        foreach ((int i, FreshProcess.Answer answer) in answers.Index())
        {
            answer.Columns.Should().Equal(expected[i].Columns, ConformanceCases.All[i].Name);
            RowReader.ShouldAgree(answer.Rows.Select((row, r) => row.Select((value, c) => RowReader.Parse(value, expected[i].Rows[r][c])).ToArray()), expected[i].Rows, ConformanceCases.All[i].Name, 1e-5f);
        }
    }
}
