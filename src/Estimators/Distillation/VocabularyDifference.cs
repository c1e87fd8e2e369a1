using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Distillation;

/// <summary>Whether two tokenizers mean the same by an id. How they divide text does not matter where one of them reads for both.</summary>
internal static class VocabularyDifference
{
    /// <summary>The first difference in words; null where there is none.</summary>
    public static string? Of(SequenceTokenizer student, SequenceTokenizer teacher)
    {
        if (student.WordsCarrySpace != teacher.WordsCarrySpace) return $"the student's vocabulary is {Kind(student)} and the teacher's {Kind(teacher)}";
        if (student.VocabSize != teacher.VocabSize) return $"the student has {student.VocabSize} tokens and the teacher {teacher.VocabSize}";
        for (int id = 0; id < student.VocabSize; id++)
            if (student.TokenOf(id) != teacher.TokenOf(id)) return $"id {id} is '{student.TokenOf(id)}' of the student and '{teacher.TokenOf(id)}' of the teacher";
        return null;
    }

    private static string Kind(SequenceTokenizer tokenizer) => tokenizer.WordsCarrySpace ? "byte-level" : "WordPiece";
}
