using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>What a network learns from.</summary>
/// <param name="Stored">Texts and labels.</param>
/// <param name="Answers">A teacher's answer to each row; null = there is none.</param>
internal readonly record struct LearningRows(TokenStore Stored, TeacherAnswers? Answers);
