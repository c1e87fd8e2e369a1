using System.Numerics;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>Reads a column of any of ML.NET's types of numbers, one a row.</summary>
internal static class NumberColumn
{
    /// <summary>What is read, for messages.</summary>
    public const string Kinds = "Single, Double or an integer type";

    private static readonly MethodInfo s_read = typeof(NumberColumn).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static bool Holds(SchemaShape.Column column) => column is { Kind: SchemaShape.Column.VectorKind.Scalar, IsKey: false, ItemType: NumberDataViewType };

    /// <summary>A function that gives the present row's number; NaN where it is missing.</summary>
    public static Func<double> Reader(DataViewRow row, DataViewSchema.Column column) =>
        s_read.MakeGenericMethod(column.Type.RawType).CreateDelegate<Func<DataViewRow, DataViewSchema.Column, Func<double>>>()(row, column);

    private static Func<double> Read<T>(DataViewRow row, DataViewSchema.Column column) where T : INumberBase<T>
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = T.Zero;
        return () =>
        {
            getter(ref value);
            return double.CreateTruncating(value);
        };
    }
}
