namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Which layer of a teacher each layer of its student imitates, or is copied from. Layers count from 0. What it comes to is known when both encoders are:
/// see <see cref="Resolve"/>.
/// </summary>
public sealed class LayerMap
{
    private readonly string _text;
    private readonly Func<int, int, int[]> _resolve;

    private LayerMap(string text, Func<int, int, int[]> resolve) => (_text, _resolve) = (text, resolve);

    /// <summary>Every n-th layer, the last one of each n (Jiao et al. 2020, TinyBERT): of 12 layers 3, 7 and 11 for a student of 3. The teacher must have a multiple of the student's layers.</summary>
    public static LayerMap Uniform { get; } = new("uniform", (student, teacher) =>
    {
        if (teacher % student != 0)
            throw new ArgumentException($"The teacher has {teacher} layers and the student {student}; LayerMap.Uniform expects a multiple of the student's. Use LayerMap.Spread, or name the layers with LayerMap.Of.");
        return [.. Enumerable.Range(1, student).Select(i => i * (teacher / student) - 1)];
    });

    /// <summary>
    /// From the first layer to the last in steps as even as can be, rounded up where two are as near (Sanh et al. 2019: DistilBERT's six begin as 0, 2, 4, 7, 9 and 11 of BERT's twelve).
    /// One layer is the teacher's last. The teacher must have as many layers as the student, or more.
    /// </summary>
    public static LayerMap Spread { get; } = new("spread", (student, teacher) =>
    {
        NotDeeper(student, teacher, nameof(Spread));
        if (student == 1) return [teacher - 1];
        int steps = student - 1;
        return [.. Enumerable.Range(0, student).Select(i => (2 * i * (teacher - 1) + steps) / (2 * steps))];
    });

    /// <summary>The last layers: of 12 layers 9, 10 and 11 for a student of 3. The teacher must have as many layers as the student, or more.</summary>
    public static LayerMap Last { get; } = new("last", (student, teacher) =>
    {
        NotDeeper(student, teacher, nameof(Last));
        return [.. Enumerable.Range(teacher - student, student)];
    });

    /// <summary>These layers of the teacher.</summary>
    /// <param name="teacherLayers">One a layer of the student, from 0, in the teacher's order; one may stand several times.</param>
    /// <exception cref="ArgumentException">There is none, one is negative, or one comes before a lower one.</exception>
    public static LayerMap Of(params int[] teacherLayers)
    {
        ArgumentNullException.ThrowIfNull(teacherLayers);
        int[] layers = [.. teacherLayers];
        string text = string.Join(", ", layers);
        if (layers.Length == 0) throw new ArgumentException("teacherLayers is empty; expected a layer of the teacher for each of the student's.", nameof(teacherLayers));
        for (int i = 0; i < layers.Length; i++)
            if (layers[i] < 0 || (i > 0 && layers[i] < layers[i - 1]))
                throw new ArgumentException($"teacherLayers is {text}; expected layers from 0, none before a lower one.", nameof(teacherLayers));
        return new(text, (student, teacher) =>
        {
            if (student != layers.Length) throw new ArgumentException($"The map names {layers.Length} layers ({text}), but the student has {student}; expected one for each of them.");
            if (layers[^1] >= teacher) throw new ArgumentException($"The map names layer {layers[^1]}, but the teacher has {teacher} layers; expected layers in [0, {teacher}).");
            return [.. layers];
        });
    }

    /// <summary>The teacher's layer for each layer of the student.</summary>
    /// <param name="studentLayers">The student's layers, 1 or more.</param>
    /// <param name="teacherLayers">The teacher's, 1 or more.</param>
    /// <returns>One a layer of the student, in [0, <paramref name="teacherLayers"/>), none before a lower one.</returns>
    /// <exception cref="ArgumentException">The map does not fit these encoders; the message says what would.</exception>
    public IReadOnlyList<int> Resolve(int studentLayers, int teacherLayers)
    {
        if (studentLayers < 1) throw new ArgumentException($"studentLayers is {studentLayers}; expected 1 or more.", nameof(studentLayers));
        if (teacherLayers < 1) throw new ArgumentException($"teacherLayers is {teacherLayers}; expected 1 or more.", nameof(teacherLayers));
        return _resolve(studentLayers, teacherLayers);
    }

    /// <summary>The map in words, or the layers it names.</summary>
    public override string ToString() => _text;

    private static void NotDeeper(int student, int teacher, string name)
    {
        if (student > teacher)
            throw new ArgumentException($"The student has {student} layers and the teacher {teacher}; LayerMap.{name} expects no more than the teacher's. Name layers with LayerMap.Of, where one may stand several times.");
    }
}
