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
    public static ReadOnlySpan<byte> MetaNoOp => "MN\r\n"u8;
    public static ReadOnlySpan<byte> InvalidFlag => "CLIENT_ERROR invalid flag\r\n"u8;
    public static ReadOnlySpan<byte> DuplicateFlag => "CLIENT_ERROR duplicate flag\r\n"u8;
    public static ReadOnlySpan<byte> InvalidOrDuplicateFlag => "CLIENT_ERROR invalid or duplicate flag\r\n"u8;
    public static ReadOnlySpan<byte> GetFlagsTooLong => "CLIENT_ERROR options flags are too long\r\n"u8;
    public static ReadOnlySpan<byte> FlagsTooLong => "CLIENT_ERROR options flags too long\r\n"u8;
    public static ReadOnlySpan<byte> BadToken => "CLIENT_ERROR bad token in command line format\r\n"u8;
    public static ReadOnlySpan<byte> BadInitial => "CLIENT_ERROR invalid numeric initial value\r\n"u8;
    public static ReadOnlySpan<byte> BadMetaDelta => "CLIENT_ERROR invalid numeric delta value\r\n"u8;
    public static ReadOnlySpan<byte> BadMode => "CLIENT_ERROR incorrect length for M token\r\n"u8;
    public static ReadOnlySpan<byte> BadStoreMode => "CLIENT_ERROR invalid mode for ms M token\r\n"u8;
    public static ReadOnlySpan<byte> BadArithmeticMode => "CLIENT_ERROR invalid mode for ma M token\r\n"u8;
    public static ReadOnlySpan<byte> OpaqueTooLong => "CLIENT_ERROR opaque token too long\r\n"u8;
    public static ReadOnlySpan<byte> BadBase64Key => "CLIENT_ERROR error decoding key\r\n"u8;
    public static ReadOnlySpan<byte> MetaOutOfMemory => "SERVER_ERROR out of memory\r\n"u8;
    public static ReadOnlySpan<byte> TooManyConnections => "ERROR Too many open connections\r\n"u8;
}
