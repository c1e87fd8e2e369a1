using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Marks one version need of an ELF library as weak, so that it loads where libstdc++ is older. TorchSharp 0.107's native part asks for
/// GLIBCXX_3.4.32 (GCC 13.2) because of std::ios_base_library_init alone, an empty marker that nothing calls.
/// Sets VER_FLG_WEAK in the entry's vna_flags in .gnu.version_r. Files that are not what it expects stay untouched.
/// </summary>
public class MarkLibStdCxxNeedWeak : Task
{
    private const string Version = "GLIBCXX_3.4.32";
    private const uint VersionNeedSection = 0x6ffffffe;
    private const ushort Weak = 0x2;

    [Required]
    public ITaskItem[] Files { get; set; }

    public override bool Execute()
    {
        foreach (ITaskItem item in Files)
        {
            string path = item.ItemSpec;
            if (!File.Exists(path)) continue;
            byte[] bytes = File.ReadAllBytes(path);
            int flags = FindFlags(bytes);
            if (flags < 0 || (BitConverter.ToUInt16(bytes, flags) & Weak) != 0) continue;
            BitConverter.GetBytes((ushort)(BitConverter.ToUInt16(bytes, flags) | Weak)).CopyTo(bytes, flags);
            // A new file, so that a hard link into the package cache is broken and never written through.
            string temporary = path + ".marking";
            File.WriteAllBytes(temporary, bytes);
            File.Delete(path);
            File.Move(temporary, path);
            Log.LogMessage(MessageImportance.Normal, "Marked {0} as optional in {1}.", Version, path);
        }
        return !Log.HasLoggedErrors;
    }

    /// <summary>Where the entry's flags stand in the file, or -1 where this is no such file or has no such entry.</summary>
    public static int FindFlags(byte[] file)
    {
        try
        {
            bool elf64LittleEndian = file.Length > 64 && file[0] == 0x7f && file[1] == 'E' && file[2] == 'L' && file[3] == 'F' && file[4] == 2 && file[5] == 1;
            if (!elf64LittleEndian) return -1;
            long sections = BitConverter.ToInt64(file, 0x28);
            int sectionSize = BitConverter.ToUInt16(file, 0x3a), sectionCount = BitConverter.ToUInt16(file, 0x3c);
            for (int i = 0; i < sectionCount; i++)
            {
                int header = checked((int)sections + i * sectionSize);
                if (BitConverter.ToUInt32(file, header + 4) != VersionNeedSection) continue;
                int strings = checked((int)sections + (int)BitConverter.ToUInt32(file, header + 40) * sectionSize);
                return FindEntry(file, checked((int)BitConverter.ToInt64(file, header + 24)), checked((int)BitConverter.ToInt64(file, strings + 24)));
            }
            return -1;
        }
        catch (Exception e) when (e is ArgumentException || e is OverflowException || e is IndexOutOfRangeException)
        {
            return -1;   // cut short or not what it says: leave it alone
        }
    }

    // Elf64_Verneed: version, count, file, first entry, next need; Elf64_Vernaux: hash, flags, other, name, next entry.
    private static int FindEntry(byte[] file, int need, int names)
    {
        while (true)
        {
            int entry = need + (int)BitConverter.ToUInt32(file, need + 8);
            for (int left = BitConverter.ToUInt16(file, need + 2); left > 0; left--)
            {
                int name = names + (int)BitConverter.ToUInt32(file, entry + 8);
                int end = Array.IndexOf(file, (byte)0, name);
                if (Encoding.ASCII.GetString(file, name, end - name) == Version) return entry + 4;
                entry += (int)BitConverter.ToUInt32(file, entry + 12);
            }
            int next = (int)BitConverter.ToUInt32(file, need + 12);
            if (next == 0) return -1;
            need += next;
        }
    }
}
