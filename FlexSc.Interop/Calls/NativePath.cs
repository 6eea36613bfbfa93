using System.Text;

namespace FlexSc.Interop.Calls;

/// <summary>Paths as the kernel reads them: UTF-8 with a NUL at the end.</summary>
internal static class NativePath
{
    /// <summary>AT_FDCWD of linux/fcntl.h: a relative path begins at the working directory of the process.</summary>
    public const int WorkingDirectory = -100;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">
    /// The path holds a NUL, at which the kernel would cut it off, or half of a surrogate pair, which has no UTF-8.
    /// </exception>
    public static NativeBlock Copy(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("a path cannot hold a NUL character", nameof(path));
        }

        int byteCount;
        try
        {
            byteCount = Strict.GetByteCount(path);
        }
        catch (EncoderFallbackException exception)
        {
            throw new ArgumentException("the path holds half of a surrogate pair, which has no UTF-8", nameof(path), exception);
        }

        NativeBlock block = NativeBlock.Allocate(byteCount + 1);
        Strict.GetBytes(path, block.Span);
        block.Span[byteCount] = 0;
        return block;
    }
}
