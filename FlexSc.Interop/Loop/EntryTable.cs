using System.Diagnostics;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <summary>Which operation each entry in flight belongs to.</summary>
internal sealed class EntryTable(int entries)
{
    private readonly SyscallOperation?[] _operations = new SyscallOperation?[entries];

    /// <summary>The tokens of the entries, which the backend needs, too.</summary>
    public EntryTokens Tokens { get; } = new(entries);

    /// <summary>Binds an entry to an operation and gives this use of it a token, never 0.</summary>
    public ulong Bind(uint index, SyscallOperation operation)
    {
        Debug.Assert(_operations[index] is null, "entry bound twice");
        _operations[index] = operation;
        return Tokens.Renew(index);
    }

    /// <summary>The operation of a token, or null when that use of the entry is over.</summary>
    public SyscallOperation? Find(ulong token) => Tokens.IsLatest(token) ? _operations[EntryTokens.IndexOf(token)] : null;

    public void Unbind(uint index) => _operations[index] = null;

    /// <summary>All operations with a call in flight.</summary>
    public IReadOnlyList<SyscallOperation> All() => [.. _operations.OfType<SyscallOperation>()];
}
