namespace MLNet.Pretrain.Text;

/// <summary>One section of an analogy file.</summary>
/// <param name="Name">As the file has it, such as <c>capital-common-countries</c>.</param>
/// <param name="Correct">Questions answered right.</param>
/// <param name="Asked">Questions whose four words were known.</param>
/// <param name="Skipped">Questions left out because a word was not known.</param>
public sealed record AnalogySection(string Name, int Correct, int Asked, int Skipped);
