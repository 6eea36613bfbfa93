using System.Buffers;
using Akka.Actor;
using Akka.Event;

namespace FlexSc.Akka.IO;

/// <summary>Output that another thread than the loop's wrote.</summary>
internal sealed class ForeignOutput : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    private const int FirstBytes = 4096;
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Length);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint)
    {
        MakeRoom(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint)
    {
        MakeRoom(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public void Free()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }

    private void MakeRoom(int sizeHint)
    {
        int needed = Length + Math.Max(1, sizeHint);
        if (needed <= _bytes.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(FirstBytes, _bytes.Length * 2)));
        Bytes.CopyTo(larger);

        // Whoever had it before left bytes that must not be sent by someone who counts more than it wrote.
        larger.AsSpan(Length).Clear();
        int length = Length;
        Free();
        _bytes = larger;
        Length = length;
    }
}

/// <summary><see cref="TcpOutput.NotifyWhenUnsentAtMost"/> from another thread than the loop's.</summary>
internal sealed record DrainRequest(long Bytes) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
