using System.Diagnostics;
using FlexSc.Interop.Abi;

namespace FlexSc.Interop.Loop;

/// <summary>Which operation each entry in flight belongs to, and the generation that tells one use of an entry from the next.</summary>
internal sealed class EntryTable(int entries)
{
    private const ulong IndexMask = (1UL << FlexScAbi.TokenIndexBits) - 1;
    private const ulong GenerationMask = (1UL << FlexScAbi.TokenGenerationBits) - 1;

    private readonly SyscallOperation?[] _operations = new SyscallOperation?[entries];
    private readonly ulong[] _generations = new ulong[entries];

    public static uint IndexOf(ulong token) => (uint)(token & IndexMask);

    /// <summary>The token that the entry's call in flight has.</summary>
    public ulong TokenOf(uint index) => (_generations[index] << FlexScAbi.TokenIndexBits) | index;

    /// <summary>Binds an entry to an operation and gives this use of it a token, never 0.</summary>
    public ulong Bind(uint index, SyscallOperation operation)
    {
        Debug.Assert(_operations[index] is null, "entry bound twice");
        ulong next = (_generations[index] + 1) & GenerationMask;
        _generations[index] = next == 0 ? 1 : next;
        _operations[index] = operation;
        return TokenOf(index);
    }

    /// <summary>The operation of a token, or null when that use of the entry is over.</summary>
    public SyscallOperation? Find(ulong token)
    {
        uint index = IndexOf(token);
        return index < _operations.Length && TokenOf(index) == token ? _operations[index] : null;
    }

    public void Unbind(uint index) => _operations[index] = null;
}
