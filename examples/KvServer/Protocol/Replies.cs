namespace FlexSc.Examples.KvServer.Protocol;

/// <summary>The fixed replies. Clients compare them byte by byte, so they are the protocol's own.</summary>
internal static class Replies
{
    public static ReadOnlySpan<byte> Stored => "STORED\r\n"u8;
    public static ReadOnlySpan<byte> NotStored => "NOT_STORED\r\n"u8;
    public static ReadOnlySpan<byte> Exists => "EXISTS\r\n"u8;
    public static ReadOnlySpan<byte> NotFound => "NOT_FOUND\r\n"u8;
    public static ReadOnlySpan<byte> Deleted => "DELETED\r\n"u8;
    public static ReadOnlySpan<byte> Touched => "TOUCHED\r\n"u8;
    public static ReadOnlySpan<byte> End => "END\r\n"u8;
    public static ReadOnlySpan<byte> Ok => "OK\r\n"u8;
    public static ReadOnlySpan<byte> Reset => "RESET\r\n"u8;
    public static ReadOnlySpan<byte> LineEnd => "\r\n"u8;
    public static ReadOnlySpan<byte> Error => "ERROR\r\n"u8;
    public static ReadOnlySpan<byte> BadLine => "CLIENT_ERROR bad command line format\r\n"u8;
    public static ReadOnlySpan<byte> BadDelete => "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n"u8;
    public static ReadOnlySpan<byte> BadData => "CLIENT_ERROR bad data chunk\r\n"u8;
    public static ReadOnlySpan<byte> BadExpiry => "CLIENT_ERROR invalid exptime argument\r\n"u8;
    public static ReadOnlySpan<byte> BadDelta => "CLIENT_ERROR invalid numeric delta argument\r\n"u8;
    public static ReadOnlySpan<byte> NotNumeric => "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"u8;
    public static ReadOnlySpan<byte> LineTooLong => "CLIENT_ERROR line too long\r\n"u8;
    public static ReadOnlySpan<byte> InputTooLong => "CLIENT_ERROR too much input while replies wait to be read\r\n"u8;
    public static ReadOnlySpan<byte> BinaryRefused => "CLIENT_ERROR this server speaks the text protocol only\r\n"u8;
    public static ReadOnlySpan<byte> TooLarge => "SERVER_ERROR object too large for cache\r\n"u8;
    public static ReadOnlySpan<byte> OutOfMemory => "SERVER_ERROR out of memory storing object\r\n"u8;
    public static ReadOnlySpan<byte> ArithmeticOutOfMemory => "SERVER_ERROR out of memory in incr\r\n"u8;
    public static ReadOnlySpan<byte> TooManyConnections => "ERROR Too many open connections\r\n"u8;
}
