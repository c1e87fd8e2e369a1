using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Scoring;

/// <summary>The values of one passed-through column over a window: the input cursor has moved on by the time they are served.</summary>
internal abstract class KeptColumn
{
    public abstract Delegate Getter { get; }

    public abstract void Read(int slot);

    public static KeptColumn Create(DataViewRow input, DataViewSchema.Column column, int capacity, Func<int> slot) =>
        (KeptColumn)Activator.CreateInstance(typeof(Of<>).MakeGenericType(column.Type.RawType), input, column, capacity, slot)!;

    private sealed class Of<T> : KeptColumn
    {
        private readonly ValueGetter<T> _get;
        private readonly T[] _values;

        public Of(DataViewRow input, DataViewSchema.Column column, int capacity, Func<int> slot)
        {
            _get = input.GetGetter<T>(column);
            _values = new T[capacity];
            Copy<T> copy = Copier();
            Getter = (ValueGetter<T>)((ref T value) => copy(in _values[slot()], ref value));
        }

        public override Delegate Getter { get; }

        public override void Read(int slot) => _get(ref _values[slot]);

        // A VBuffer handed out must not share its arrays with ours: the consumer may write into it.
        private static Copy<T> Copier()
        {
            if (!typeof(T).IsGenericType || typeof(T).GetGenericTypeDefinition() != typeof(VBuffer<>))
                return static (in T from, ref T to) => to = from;
            return typeof(KeptColumn).GetMethod(nameof(CopyVector), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
                .MakeGenericMethod(typeof(T).GetGenericArguments()).CreateDelegate<Copy<T>>();
        }
    }

    private delegate void Copy<T>(in T from, ref T to);

    private static void CopyVector<TItem>(in VBuffer<TItem> from, ref VBuffer<TItem> to) => from.CopyTo(ref to);
}
