namespace FlexSc.Interop.Page;

/// <summary>The tokens of a page set's entries: the index of an entry and the generation that tells one use of it from the next.</summary>
internal sealed class EntryTokens(int entries)
{
    private const ulong IndexMask = (1UL << FlexScAbi.TokenIndexBits) - 1;
    private const ulong GenerationMask = (1UL << FlexScAbi.TokenGenerationBits) - 1;

    private readonly ulong[] _generations = new ulong[entries];

    public static uint IndexOf(ulong token) => (uint)(token & IndexMask);

    /// <summary>The token that the entry's present use has.</summary>
    public ulong TokenOf(uint index) => (_generations[index] << FlexScAbi.TokenIndexBits) | index;

    /// <summary>True when the token names the last use of its entry; that use may be over.</summary>
    public bool IsLatest(ulong token)
    {
        uint index = IndexOf(token);
        return index < (uint)_generations.Length && TokenOf(index) == token;
    }

    /// <summary>Begins another use of an entry.</summary>
    /// <returns>Its token, never 0.</returns>
    public ulong Renew(uint index)
    {
        ulong next = (_generations[index] + 1) & GenerationMask;
        _generations[index] = next == 0 ? 1 : next;
        return TokenOf(index);
    }
}
