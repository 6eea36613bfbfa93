using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace FlexSc.Interop.Linux;

/// <summary>Lists of cores as the kernel writes them and people name them: numbers and ranges, as in <c>0,2-3</c>.</summary>
public static class CpuList
{
    // Bits of the mask that ThreadAffinity passes, and of glibc's cpu_set_t: no call can name a core beyond.
    private const int MaxCpus = 1024;

    /// <summary>Reads a list; blanks around its parts and at its end do not count. An empty text is an empty list.</summary>
    /// <param name="text">The list.</param>
    /// <param name="cpus">The cores in the order named, from 0 to 1023.</param>
    /// <param name="mistake">What is wrong with the text, to be said behind the name of the setting it stands in.</param>
    /// <returns>False when the text is no such list, or names a core twice.</returns>
    public static bool TryParse(string text, out IReadOnlyList<int> cpus, [NotNullWhen(false)] out string? mistake)
    {
        List<int> found = [];
        cpus = found;
        mistake = null;
        foreach (string part in text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2 || !TryCpu(ends[0], out int first) || !TryCpu(ends[^1], out int last) || last < first)
            {
                mistake = $"takes core numbers and ranges as in 0,2-3, not '{part}'";
                return false;
            }

            found.AddRange(Enumerable.Range(first, last - first + 1));
        }

        if (found.Distinct().Count() != found.Count)
        {
            mistake = $"names a core twice in '{text}': two on one core only hinder each other";
            return false;
        }

        return true;
    }

    /// <summary>Writes a list as the kernel does: in ascending order, neighbours as a range.</summary>
    public static string Format(IEnumerable<int> cpus)
    {
        ArgumentNullException.ThrowIfNull(cpus);
        int[] sorted = [.. cpus.Distinct().Order()];
        StringBuilder text = new();
        for (int first = 0, next; first < sorted.Length; first = next)
        {
            for (next = first + 1; next < sorted.Length && sorted[next] == sorted[next - 1] + 1; next++)
            {
            }

            text.Append(first == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{sorted[first]}");
            if (next > first + 1)
            {
                text.Append(CultureInfo.InvariantCulture, $"-{sorted[next - 1]}");
            }
        }

        return text.ToString();
    }

    private static bool TryCpu(string text, out int cpu) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out cpu) && cpu < MaxCpus;
}
