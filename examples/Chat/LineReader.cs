using System.Buffers;
using System.Text;
using Akka.IO;

namespace FlexSc.Examples.Chat;

/// <summary>What came of one line.</summary>
/// <param name="Member">Who sent it.</param>
/// <param name="Text">The line without its end; empty for one that is refused.</param>
/// <param name="Refusal">Why it is refused; null where it is not.</param>
internal sealed record ChatLine(ChatMember Member, string Text, string? Refusal = null);

/// <summary>
/// Makes lines of what a member sends, however it arrives. Holds no more than the longest line: the rest of a longer one is passed over.
/// </summary>
/// <param name="member">The member.</param>
/// <param name="maxLineBytes">Longest line without its end.</param>
internal sealed class LineReader(ChatMember member, int maxLineBytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ArrayBufferWriter<byte> _begun = new();
    private bool _isTooLong;

    /// <summary>The lines that end in what was received.</summary>
    public IEnumerable<ChatLine> Read(ByteString received)
    {
        List<ChatLine> lines = [];
        ReadOnlySpan<byte> rest = received.Compact().ToReadOnlySpan();
        for (int end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            Keep(rest[..end]);
            lines.Add(TakeLine());
            rest = rest[(end + 1)..];
        }

        Keep(rest);
        return lines;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        // One more for the CR before the end, if there is one.
        _isTooLong |= _begun.WrittenCount + bytes.Length > maxLineBytes + 1;
        if (!_isTooLong)
        {
            _begun.Write(bytes);
        }
    }

    private ChatLine TakeLine()
    {
        ReadOnlySpan<byte> bytes = _begun.WrittenSpan;
        bytes = bytes is [.., (byte)'\r'] ? bytes[..^1] : bytes;
        ChatLine line = _isTooLong || bytes.Length > maxLineBytes ? Refuse($"a line has at most {maxLineBytes} bytes") : Decode(bytes);
        _begun.ResetWrittenCount();
        _isTooLong = false;
        return line;
    }

    private ChatLine Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            string text = StrictUtf8.GetString(bytes);

            // They would reach the terminals of others.
            return text.Any(char.IsControl) ? Refuse("control characters are not passed on") : new ChatLine(member, text);
        }
        catch (DecoderFallbackException)
        {
            return Refuse("a line is UTF-8");
        }
    }

    private ChatLine Refuse(string reason) => new(member, "", reason);
}
