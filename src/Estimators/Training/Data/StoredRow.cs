using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Training;

/// <summary>One row of the index file: 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct StoredRow(long FirstToken, int Length, int FirstSegmentLength, int LabelBits, float Weight);
