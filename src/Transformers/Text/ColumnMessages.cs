namespace MLNet.Pretrain.Text;

/// <summary>One wording for what goes wrong with columns, whether a schema or only its shape is known.</summary>
internal static class ColumnMessages
{
    public static string Missing(string owner, string name, IEnumerable<string> found) =>
        $"{owner} reads column '{name}', which is not in the data. Columns found: {string.Join(", ", found.Select(n => $"'{n}'"))}. Name one of them in the options, or add the column.";

    public static string NotText(string owner, string name, string found) =>
        $"Column '{name}' is {found}; {owner} reads Text. Map it with Transforms.Conversion.ConvertType, or name another column in the options.";
}
