using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Distillation;

/// <summary>Gives the teacher's answer to each row that is kept: of several models their mean probability, or number.</summary>
internal sealed class TeacherCompanion : IRowCompanion, IDisposable
{
    private readonly List<TeacherScores> _models = [];
    private readonly Action<float[]> _keep;
    private readonly bool _areClasses;
    private readonly float[] _one, _all;

    /// <param name="owner">For messages.</param>
    /// <param name="teacher">The models, or the column.</param>
    /// <param name="data">The rows that are read.</param>
    /// <param name="label">Knows the student's classes.</param>
    /// <param name="keep">Receives log-probabilities, or a number, in an array that the next row overwrites.</param>
    public TeacherCompanion(string owner, DistillationTeacher teacher, IDataView data, ILabelReader label, Action<float[]> keep)
    {
        IReadOnlyList<string>? classes = label.Columns.Labels?.Names;
        (_keep, _areClasses) = (keep, classes is not null);
        (_one, _all) = (new float[TeacherScores.Width(classes)], new float[TeacherScores.Width(classes)]);
        // Of two classes one more stands for none.
        Unlabelled = label.Kind == LabelKind.Class ? classes!.Count : double.PositiveInfinity;
        try
        {
            if (teacher.Models.Count == 0) Open(data);
            foreach (ITransformer model in teacher.Models) Open(model.Transform(data));
        }
        catch
        {
            Dispose();
            throw;
        }

        void Open(IDataView scored) => _models.Add(new TeacherScores(owner, scored, teacher.ScoreColumnName, teacher.ScoresAreProbabilities, classes, label.Columns is BinaryColumns));
    }

    public double Unlabelled { get; }

    public void MoveTo(DataViewRowId? id)
    {
        foreach (TeacherScores model in _models) model.MoveTo(id);
    }

    public void Keep()
    {
        if (_models.Count == 1)
        {
            _models[0].Read(_all);
        }
        else
        {
            Array.Clear(_all);
            foreach (TeacherScores model in _models)
            {
                model.Read(_one);
                for (int i = 0; i < _all.Length; i++) _all[i] += (_areClasses ? MathF.Exp(_one[i]) : _one[i]) / _models.Count;
            }
            if (_areClasses) for (int i = 0; i < _all.Length; i++) _all[i] = MathF.Log(_all[i]);
        }
        _keep(_all);
    }

    public void Dispose()
    {
        foreach (TeacherScores model in _models) model.Dispose();
    }
}
