#include "unit.h"

#include "base/utf.h"
#include "engine/path.h"

#define NONE   TCS_PATH_NONE
#define DRIVE  TCS_PATH_DRIVE
#define ROOTED TCS_PATH_ROOTED
#define NAME   TCS_PATH_NAME
#define UNC    TCS_PATH_UNC
#define OTHER  TCS_PATH_OTHER

#define STREAM    TCS_PATH_STREAM
#define SHORT     TCS_PATH_SHORT
#define TRAILING  TCS_PATH_TRAILING
#define DOTS      TCS_PATH_DOTS
#define SLASH     TCS_PATH_SLASH
#define CONTROL   TCS_PATH_CONTROL
#define INVISIBLE TCS_PATH_INVISIBLE
#define REMOTE    TCS_PATH_REMOTE

static const struct tcs_volume volumes[] = {
    {TCS_STR_INIT("\\Device\\HarddiskVolume1"), TCS_STR_INIT("D:")},
    {TCS_STR_INIT("\\Device\\HarddiskVolume2"), TCS_STR_INIT("C:")},
};
static const struct tcs_path_places places = {TCS_STR_INIT("C:\\Windows"), volumes, COUNT_OF(volumes)};

static const struct {
    struct tcs_str logged;
    enum tcs_path_kind kind;
    unsigned traits;
    struct tcs_str folded;
} cases[] = {
    /* ---- forms without prefix ---- */
    {TCS_STR_INIT(""), NONE, 0, TCS_STR_INIT("")},
    {TCS_STR_INIT("-"), NONE, 0, TCS_STR_INIT("")},
    {TCS_STR_INIT("C:\\Windows\\System32\\cmd.exe"), DRIVE, 0, TCS_STR_INIT("C:\\WINDOWS\\SYSTEM32\\CMD.EXE")},
    {TCS_STR_INIT("c:\\WINDOWS\\system32\\CMD.exe"), DRIVE, 0, TCS_STR_INIT("C:\\WINDOWS\\SYSTEM32\\CMD.EXE")},
    {TCS_STR_INIT("C:\\root.exe"), DRIVE, 0, TCS_STR_INIT("C:\\ROOT.EXE")},
    /* 592 of Windows 2000 */
    {TCS_STR_INIT("\\WINNT\\system32\\cmd.exe"), ROOTED, 0, TCS_STR_INIT("\\WINNT\\SYSTEM32\\CMD.EXE")},
    {TCS_STR_INIT("\\x"), ROOTED, 0, TCS_STR_INIT("\\X")},
    /* 592 of NT 4, and what has no file: System, Registry */
    {TCS_STR_INIT("cmd.exe"), NAME, 0, TCS_STR_INIT("CMD.EXE")},
    {TCS_STR_INIT("System"), NAME, 0, TCS_STR_INIT("SYSTEM")},
    {TCS_STR_INIT("--"), NAME, 0, TCS_STR_INIT("--")},
    {TCS_STR_INIT("bin\\x.exe"), OTHER, 0, TCS_STR_INIT("BIN\\X.EXE")},
    {TCS_STR_INIT("C:x.exe"), OTHER, STREAM, TCS_STR_INIT("C:X.EXE")},
    {TCS_STR_INIT("C:"), OTHER, STREAM, TCS_STR_INIT("C:")},
    {TCS_STR_INIT("1:\\x.exe"), OTHER, STREAM, TCS_STR_INIT("1:\\X.EXE")},
    {TCS_STR_INIT("\xC3\x84:\\x.exe"), OTHER, STREAM, TCS_STR_INIT("\xC3\x84:\\X.EXE")},
    {TCS_STR_INIT("CC:\\x.exe"), OTHER, STREAM, TCS_STR_INIT("CC:\\X.EXE")},

    /* ---- other machines ---- */
    {TCS_STR_INIT("\\\\server\\share\\x.exe"), UNC, REMOTE, TCS_STR_INIT("\\\\SERVER\\SHARE\\X.EXE")},
    {TCS_STR_INIT("\\\\tsclient\\c\\x.exe"), UNC, REMOTE, TCS_STR_INIT("\\\\TSCLIENT\\C\\X.EXE")},
    {TCS_STR_INIT("\\\\localhost\\C$\\Windows\\x.exe"), UNC, REMOTE, TCS_STR_INIT("\\\\LOCALHOST\\C$\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("\\Device\\Mup\\server\\share\\x.exe"), UNC, REMOTE, TCS_STR_INIT("\\\\SERVER\\SHARE\\X.EXE")},
    {TCS_STR_INIT("\\device\\mup\\server\\share\\x.exe"), UNC, REMOTE, TCS_STR_INIT("\\\\SERVER\\SHARE\\X.EXE")},
    {TCS_STR_INIT("\\Device\\LanmanRedirector\\server\\share\\x.exe"), UNC, REMOTE,
     TCS_STR_INIT("\\\\SERVER\\SHARE\\X.EXE")},
    {TCS_STR_INIT("\\Device\\WebDavRedirector\\server@SSL\\DavWWWRoot\\x.exe"), UNC, REMOTE,
     TCS_STR_INIT("\\\\SERVER@SSL\\DAVWWWROOT\\X.EXE")},
    {TCS_STR_INIT("\\\\?\\UNC\\server\\share\\x.exe"), UNC, REMOTE, TCS_STR_INIT("\\\\SERVER\\SHARE\\X.EXE")},
    {TCS_STR_INIT("\\\\?\\unc\\server\\share\\x.exe"), UNC, REMOTE, TCS_STR_INIT("\\\\SERVER\\SHARE\\X.EXE")},
    {TCS_STR_INIT("\\??\\UNC\\server\\share\\x.exe"), UNC, REMOTE, TCS_STR_INIT("\\\\SERVER\\SHARE\\X.EXE")},
    /* A mapped drive: which one is in the session, not in the path. */
    {TCS_STR_INIT("\\Device\\Mup\\;LanmanRedirector\\;Z:0000000000012345\\server\\share\\x.exe"), OTHER,
     REMOTE | STREAM,
     TCS_STR_INIT("\\DEVICE\\MUP\\;LANMANREDIRECTOR\\;Z:0000000000012345\\SERVER\\SHARE\\X.EXE")},
    {TCS_STR_INIT("\\Device\\Mup\\\\server\\share\\x.exe"), OTHER, REMOTE | SLASH,
     TCS_STR_INIT("\\DEVICE\\MUP\\\\SERVER\\SHARE\\X.EXE")},
    {TCS_STR_INIT("\\Device\\Mup\\"), OTHER, REMOTE | SLASH, TCS_STR_INIT("\\DEVICE\\MUP\\")},
    {TCS_STR_INIT("\\Device\\Muppet\\server\\share\\x.exe"), OTHER, 0,
     TCS_STR_INIT("\\DEVICE\\MUPPET\\SERVER\\SHARE\\X.EXE")},
    {TCS_STR_INIT("\\\\server"), UNC, REMOTE, TCS_STR_INIT("\\\\SERVER")},

    /* ---- prefixes that mean the same file ---- */
    {TCS_STR_INIT("\\??\\C:\\Windows\\x.exe"), DRIVE, 0, TCS_STR_INIT("C:\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("\\\\?\\C:\\Windows\\x.exe"), DRIVE, 0, TCS_STR_INIT("C:\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("\\\\?\\d:\\x.exe"), DRIVE, 0, TCS_STR_INIT("D:\\X.EXE")},
    {TCS_STR_INIT("\\SystemRoot\\System32\\smss.exe"), DRIVE, 0, TCS_STR_INIT("C:\\WINDOWS\\SYSTEM32\\SMSS.EXE")},
    {TCS_STR_INIT("\\systemroot\\System32\\smss.exe"), DRIVE, 0, TCS_STR_INIT("C:\\WINDOWS\\SYSTEM32\\SMSS.EXE")},
    {TCS_STR_INIT("\\Device\\HarddiskVolume2\\Windows\\x.exe"), DRIVE, 0, TCS_STR_INIT("C:\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("\\DEVICE\\harddiskvolume1\\x.exe"), DRIVE, 0, TCS_STR_INIT("D:\\X.EXE")},

    /* ---- prefixes that only look as if ---- */
    {TCS_STR_INIT("\\SystemRoot"), ROOTED, 0, TCS_STR_INIT("\\SYSTEMROOT")},
    {TCS_STR_INIT("\\SystemRoots\\x.exe"), ROOTED, 0, TCS_STR_INIT("\\SYSTEMROOTS\\X.EXE")},
    {TCS_STR_INIT("\\SystemRoot\\\\x.exe"), OTHER, SLASH, TCS_STR_INIT("\\SYSTEMROOT\\\\X.EXE")},
    {TCS_STR_INIT("\\Device\\HarddiskVolume20\\Windows\\x.exe"), OTHER, 0,
     TCS_STR_INIT("\\DEVICE\\HARDDISKVOLUME20\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("\\Device\\HarddiskVolume3\\Windows\\x.exe"), OTHER, 0,
     TCS_STR_INIT("\\DEVICE\\HARDDISKVOLUME3\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("\\Device\\HarddiskVolume2"), OTHER, 0, TCS_STR_INIT("\\DEVICE\\HARDDISKVOLUME2")},
    {TCS_STR_INIT("\\Device\\HarddiskVolumeShadowCopy2\\Windows\\x.exe"), OTHER, 0,
     TCS_STR_INIT("\\DEVICE\\HARDDISKVOLUMESHADOWCOPY2\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("\\Device\\CdRom0\\x.exe"), OTHER, 0, TCS_STR_INIT("\\DEVICE\\CDROM0\\X.EXE")},
    {TCS_STR_INIT("\\\\?\\GLOBALROOT\\Device\\HarddiskVolume2\\x.exe"), OTHER, 0,
     TCS_STR_INIT("\\\\?\\GLOBALROOT\\DEVICE\\HARDDISKVOLUME2\\X.EXE")},
    {TCS_STR_INIT("\\??\\GlobalRoot\\Device\\HarddiskVolumeShadowCopy1\\x.exe"), OTHER, 0,
     TCS_STR_INIT("\\??\\GLOBALROOT\\DEVICE\\HARDDISKVOLUMESHADOWCOPY1\\X.EXE")},
    {TCS_STR_INIT("\\\\?\\Volume{b75e2c83-0000-0000-0000-602f00000000}\\x.exe"), OTHER, 0,
     TCS_STR_INIT("\\\\?\\VOLUME{B75E2C83-0000-0000-0000-602F00000000}\\X.EXE")},
    {TCS_STR_INIT("\\??\\Volume{b75e2c83-0000-0000-0000-602f00000000}\\x.exe"), OTHER, 0,
     TCS_STR_INIT("\\??\\VOLUME{B75E2C83-0000-0000-0000-602F00000000}\\X.EXE")},
    {TCS_STR_INIT("\\\\.\\C:\\Windows\\x.exe"), OTHER, STREAM, TCS_STR_INIT("\\\\.\\C:\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("\\\\.\\pipe\\x.exe"), OTHER, 0, TCS_STR_INIT("\\\\.\\PIPE\\X.EXE")},
    {TCS_STR_INIT("\\\\?\\Windows\\x.exe"), OTHER, 0, TCS_STR_INIT("\\\\?\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("\\\\?\\C:x.exe"), OTHER, STREAM, TCS_STR_INIT("\\\\?\\C:X.EXE")},
    {TCS_STR_INIT("\\\\?\\\\\\?\\C:\\x.exe"), OTHER, STREAM | SLASH, TCS_STR_INIT("\\\\?\\\\\\?\\C:\\X.EXE")},
    {TCS_STR_INIT("\\\\?\\UNC\\"), OTHER, REMOTE | SLASH, TCS_STR_INIT("\\\\?\\UNC\\")},
    {TCS_STR_INIT("\\DosDevices\\C:\\Windows\\x.exe"), ROOTED, STREAM, TCS_STR_INIT("\\DOSDEVICES\\C:\\WINDOWS\\X.EXE")},

    /* ---- slashes ---- */
    {TCS_STR_INIT("C:/Windows/x.exe"), OTHER, SLASH | STREAM, TCS_STR_INIT("C:/WINDOWS/X.EXE")},
    {TCS_STR_INIT("C:\\Windows/System32\\x.exe"), DRIVE, SLASH, TCS_STR_INIT("C:\\WINDOWS/SYSTEM32\\X.EXE")},
    {TCS_STR_INIT("//server/share/x.exe"), NAME, SLASH, TCS_STR_INIT("//SERVER/SHARE/X.EXE")},
    {TCS_STR_INIT("C:\\Windows\\\\x.exe"), DRIVE, SLASH, TCS_STR_INIT("C:\\WINDOWS\\\\X.EXE")},
    {TCS_STR_INIT("C:\\\\Windows\\x.exe"), DRIVE, SLASH, TCS_STR_INIT("C:\\\\WINDOWS\\X.EXE")},
    {TCS_STR_INIT("C:\\Windows\\"), DRIVE, SLASH, TCS_STR_INIT("C:\\WINDOWS\\")},
    {TCS_STR_INIT("C:\\"), DRIVE, SLASH, TCS_STR_INIT("C:\\")},
    {TCS_STR_INIT("\\"), OTHER, SLASH, TCS_STR_INIT("\\")},
    {TCS_STR_INIT("\\\\"), UNC, SLASH | REMOTE, TCS_STR_INIT("\\\\")},
    {TCS_STR_INIT("\\\\\\server\\x.exe"), UNC, SLASH | REMOTE, TCS_STR_INIT("\\\\\\SERVER\\X.EXE")},

    /* ---- dots ---- */
    {TCS_STR_INIT("C:\\Windows\\..\\x.exe"), DRIVE, DOTS, TCS_STR_INIT("C:\\WINDOWS\\..\\X.EXE")},
    {TCS_STR_INIT("C:\\Windows\\.\\x.exe"), DRIVE, DOTS, TCS_STR_INIT("C:\\WINDOWS\\.\\X.EXE")},
    {TCS_STR_INIT("C:\\Windows\\.."), DRIVE, DOTS, TCS_STR_INIT("C:\\WINDOWS\\..")},
    {TCS_STR_INIT("\\\\?\\C:\\Windows\\..\\x.exe"), DRIVE, DOTS, TCS_STR_INIT("C:\\WINDOWS\\..\\X.EXE")},
    {TCS_STR_INIT("\\SystemRoot\\..\\x.exe"), DRIVE, DOTS, TCS_STR_INIT("C:\\WINDOWS\\..\\X.EXE")},
    {TCS_STR_INIT("\\\\server\\share\\..\\x.exe"), UNC, DOTS | REMOTE, TCS_STR_INIT("\\\\SERVER\\SHARE\\..\\X.EXE")},
    {TCS_STR_INIT("..\\x.exe"), OTHER, DOTS, TCS_STR_INIT("..\\X.EXE")},
    {TCS_STR_INIT("C:\\Windows\\..."), DRIVE, TRAILING, TCS_STR_INIT("C:\\WINDOWS\\...")},
    {TCS_STR_INIT("C:\\Windows\\..x\\.y.exe"), DRIVE, 0, TCS_STR_INIT("C:\\WINDOWS\\..X\\.Y.EXE")},

    /* ---- trailing dots and blanks: another file, reached through \\?\ ---- */
    {TCS_STR_INIT("C:\\Windows \\System32\\x.exe"), DRIVE, TRAILING, TCS_STR_INIT("C:\\WINDOWS \\SYSTEM32\\X.EXE")},
    {TCS_STR_INIT("C:\\Windows.\\x.exe"), DRIVE, TRAILING, TCS_STR_INIT("C:\\WINDOWS.\\X.EXE")},
    {TCS_STR_INIT("C:\\Windows\\cmd.exe ."), DRIVE, TRAILING, TCS_STR_INIT("C:\\WINDOWS\\CMD.EXE .")},
    {TCS_STR_INIT("C:\\Windows\\cmd.exe "), DRIVE, TRAILING, TCS_STR_INIT("C:\\WINDOWS\\CMD.EXE ")},
    {TCS_STR_INIT("\\WINNT \\cmd.exe"), ROOTED, TRAILING, TCS_STR_INIT("\\WINNT \\CMD.EXE")},
    {TCS_STR_INIT("cmd.exe."), NAME, TRAILING, TCS_STR_INIT("CMD.EXE.")},
    {TCS_STR_INIT("C:\\Program Files\\x.exe"), DRIVE, 0, TCS_STR_INIT("C:\\PROGRAM FILES\\X.EXE")},
    {TCS_STR_INIT("C:\\ x.exe"), DRIVE, 0, TCS_STR_INIT("C:\\ X.EXE")},

    /* ---- streams ---- */
    {TCS_STR_INIT("C:\\a\\x.txt:evil.exe"), DRIVE, STREAM, TCS_STR_INIT("C:\\A\\X.TXT:EVIL.EXE")},
    {TCS_STR_INIT("C:\\a\\x.exe::$DATA"), DRIVE, STREAM, TCS_STR_INIT("C:\\A\\X.EXE::$DATA")},
    {TCS_STR_INIT("C:\\a:b\\x.exe"), DRIVE, STREAM, TCS_STR_INIT("C:\\A:B\\X.EXE")},
    {TCS_STR_INIT("C:\\a\\x.exe:"), DRIVE, STREAM, TCS_STR_INIT("C:\\A\\X.EXE:")},
    {TCS_STR_INIT("\\a\\x.txt:y.exe"), ROOTED, STREAM, TCS_STR_INIT("\\A\\X.TXT:Y.EXE")},
    {TCS_STR_INIT("x.txt:y.exe"), OTHER, STREAM, TCS_STR_INIT("X.TXT:Y.EXE")},
    {TCS_STR_INIT("\\\\server\\share\\x:y.exe"), UNC, STREAM | REMOTE, TCS_STR_INIT("\\\\SERVER\\SHARE\\X:Y.EXE")},

    /* ---- 8.3 names: logged as typed, and nobody can tell what they stand for ---- */
    {TCS_STR_INIT("C:\\PROGRA~1\\x.exe"), DRIVE, SHORT, TCS_STR_INIT("C:\\PROGRA~1\\X.EXE")},
    {TCS_STR_INIT("C:\\Users\\SVC-SQ~1\\TVupu.exe"), DRIVE, SHORT, TCS_STR_INIT("C:\\USERS\\SVC-SQ~1\\TVUPU.EXE")},
    {TCS_STR_INIT("C:\\a\\ABCDEF~1.EXE"), DRIVE, SHORT, TCS_STR_INIT("C:\\A\\ABCDEF~1.EXE")},
    {TCS_STR_INIT("C:\\a\\ABC~1234.E"), DRIVE, SHORT, TCS_STR_INIT("C:\\A\\ABC~1234.E")},
    {TCS_STR_INIT("C:\\A1B2C3~9.X\\x.exe"), DRIVE, SHORT, TCS_STR_INIT("C:\\A1B2C3~9.X\\X.EXE")},
    {TCS_STR_INIT("C:\\A~B~1.EXE"), DRIVE, SHORT, TCS_STR_INIT("C:\\A~B~1.EXE")},
    {TCS_STR_INIT("C:\\PROGRA~1.~1X\\x.exe"), DRIVE, SHORT, TCS_STR_INIT("C:\\PROGRA~1.~1X\\X.EXE")},
    /* eight characters, not eight bytes */
    {TCS_STR_INIT("C:\\\xC3\x84\xC3\x96\xC3\x9C\xC3\x84\xC3\x96\xC3\x9C~1.\xC3\x84\xC3\x84\xC3\x84\\x.exe"), DRIVE, SHORT,
     TCS_STR_INIT("C:\\\xC3\x84\xC3\x96\xC3\x9C\xC3\x84\xC3\x96\xC3\x9C~1.\xC3\x84\xC3\x84\xC3\x84\\X.EXE")},
    {TCS_STR_INIT("\\PROGRA~1\\x.exe"), ROOTED, SHORT, TCS_STR_INIT("\\PROGRA~1\\X.EXE")},
    {TCS_STR_INIT("MSPAIN~1.EXE"), NAME, SHORT, TCS_STR_INIT("MSPAIN~1.EXE")},
    {TCS_STR_INIT("\\\\server\\share\\PROGRA~2\\x.exe"), UNC, SHORT | REMOTE,
     TCS_STR_INIT("\\\\SERVER\\SHARE\\PROGRA~2\\X.EXE")},
    {TCS_STR_INIT("C:\\~\\x.exe"), DRIVE, 0, TCS_STR_INIT("C:\\~\\X.EXE")},
    {TCS_STR_INIT("C:\\a~b\\x~.exe"), DRIVE, 0, TCS_STR_INIT("C:\\A~B\\X~.EXE")},
    {TCS_STR_INIT("C:\\name~1x\\x.exe"), DRIVE, 0, TCS_STR_INIT("C:\\NAME~1X\\X.EXE")},
    {TCS_STR_INIT("C:\\longname~1\\x.exe"), DRIVE, 0, TCS_STR_INIT("C:\\LONGNAME~1\\X.EXE")},
    {TCS_STR_INIT("C:\\a~1.html"), DRIVE, 0, TCS_STR_INIT("C:\\A~1.HTML")},

    /* ---- characters ---- */
    {TCS_STR_INIT("C:\\a\\x.exe\0.txt"), DRIVE, CONTROL, TCS_STR_INIT("C:\\A\\X.EXE\0.TXT")},
    {TCS_STR_INIT("C:\\a\\x.exe\0"), DRIVE, CONTROL, TCS_STR_INIT("C:\\A\\X.EXE\0")},
    {TCS_STR_INIT("C:\\a\x1B[2J\\x.exe"), DRIVE, CONTROL, TCS_STR_INIT("C:\\A\x1B[2J\\X.EXE")},
    {TCS_STR_INIT("C:\\a\r\nb\\x.exe"), DRIVE, CONTROL, TCS_STR_INIT("C:\\A\r\nB\\X.EXE")},
    {TCS_STR_INIT("C:\\a\x7F\\x.exe"), DRIVE, CONTROL, TCS_STR_INIT("C:\\A\x7F\\X.EXE")},
    {TCS_STR_INIT("C:\\a\xC2\x85\\x.exe"), DRIVE, CONTROL, TCS_STR_INIT("C:\\A\xC2\x85\\X.EXE")},
    {TCS_STR_INIT("C:\\Program\xC2\xA0"
                  "Files\\x.exe"),
     DRIVE, CONTROL,
     TCS_STR_INIT("C:\\PROGRAM\xC2\xA0"
                  "FILES\\X.EXE")}, /* a blank that is none */
    {TCS_STR_INIT("C:\\\xEF\xBF\xBD.exe"), DRIVE, CONTROL, TCS_STR_INIT("C:\\\xEF\xBF\xBD.EXE")},
    {TCS_STR_INIT("C:\\x\xE2\x80\xAE"
                  "txt.exe"),
     DRIVE, INVISIBLE,
     TCS_STR_INIT("C:\\X\xE2\x80\xAE"
                  "TXT.EXE")}, /* right-to-left override */
    {TCS_STR_INIT("C:\\cmd\xE2\x80\x8B.exe"), DRIVE, INVISIBLE, TCS_STR_INIT("C:\\CMD\xE2\x80\x8B.EXE")}, /* no width */
    {TCS_STR_INIT("C:\\cmd\xE2\x80\x8D.exe"), DRIVE, INVISIBLE, TCS_STR_INIT("C:\\CMD\xE2\x80\x8D.EXE")}, /* joiner */
    {TCS_STR_INIT("C:\\\xE2\x81\xA6x.exe"), DRIVE, INVISIBLE, TCS_STR_INIT("C:\\\xE2\x81\xA6X.EXE")},    /* isolate */
    {TCS_STR_INIT("\xEF\xBB\xBF"
                  "C:\\x.exe"),
     OTHER, INVISIBLE | STREAM,
     TCS_STR_INIT("\xEF\xBB\xBF"
                  "C:\\X.EXE")},                                                                      /* byte order mark */
    {TCS_STR_INIT("C:\\c\xC2\xADmd.exe"), DRIVE, INVISIBLE, TCS_STR_INIT("C:\\C\xC2\xADMD.EXE")},     /* soft hyphen */
    {TCS_STR_INIT("C:\\a\xE3\x80\x80.exe"), DRIVE, INVISIBLE, TCS_STR_INIT("C:\\A\xE3\x80\x80.EXE")}, /* wide blank */
    {TCS_STR_INIT("C:\\a\xE3\x85\xA4.exe"), DRIVE, INVISIBLE, TCS_STR_INIT("C:\\A\xE3\x85\xA4.EXE")}, /* filler */
    {TCS_STR_INIT("C:\\a\xEF\xB8\x8F.exe"), DRIVE, INVISIBLE, TCS_STR_INIT("C:\\A\xEF\xB8\x8F.EXE")}, /* selector */
    {TCS_STR_INIT("C:\\a\xF3\xA0\x81\x81.exe"), DRIVE, INVISIBLE, TCS_STR_INIT("C:\\A\xF3\xA0\x81\x81.EXE")}, /* tag */

    /* ---- look-alikes: other letters, so another text; nothing else is odd about them ---- */
    {TCS_STR_INIT("C:\\\xD1\x81md.exe"), DRIVE, 0, TCS_STR_INIT("C:\\\xD0\xA1MD.EXE")},           /* Cyrillic es */
    {TCS_STR_INIT("C:\\w\xC4\xB1ndows\\x.exe"), DRIVE, 0, TCS_STR_INIT("C:\\W\xC4\xB1NDOWS\\X.EXE")}, /* dotless i */
    {TCS_STR_INIT("C:\\tas\xE2\x84\xAA.exe"), DRIVE, 0, TCS_STR_INIT("C:\\TAS\xE2\x84\xAA.EXE")}, /* Kelvin sign */
    {TCS_STR_INIT("C:\\\xC5\xBFvchost.exe"), DRIVE, 0, TCS_STR_INIT("C:\\\xC5\xBFVCHOST.EXE")},   /* long s */
    {TCS_STR_INIT("C:\\\xEF\xBD\x83md.exe"), DRIVE, 0, TCS_STR_INIT("C:\\\xEF\xBD\x83MD.EXE")},   /* full width c */
    {TCS_STR_INIT("C\xEF\xBC\x9A\\x.exe"), OTHER, 0, TCS_STR_INIT("C\xEF\xBC\x9A\\X.EXE")},       /* full width colon */
    {TCS_STR_INIT("C:\xEF\xBC\xBCx.exe"), OTHER, STREAM, TCS_STR_INIT("C:\xEF\xBC\xBCX.EXE")},    /* and backslash */
    {TCS_STR_INIT("\xD0\xA1:\\x.exe"), OTHER, STREAM, TCS_STR_INIT("\xD0\xA1:\\X.EXE")},          /* Cyrillic drive */
    {TCS_STR_INIT("C:\\cafe\xCC\x81.exe"), DRIVE, 0, TCS_STR_INIT("C:\\CAFE\xCC\x81.EXE")},       /* not composed */
    {TCS_STR_INIT("C:\\\xC3\xBC\xD0\xB6\xCF\x89.exe"), DRIVE, 0, TCS_STR_INIT("C:\\\xC3\x9C\xD0\x96\xCE\xA9.EXE")},

    /* ---- several at once ---- */
    {TCS_STR_INIT("\\\\?\\UNC\\server\\share\\PROGRA~1\\..\\x.txt:y.exe "), UNC,
     REMOTE | SHORT | DOTS | STREAM | TRAILING, TCS_STR_INIT("\\\\SERVER\\SHARE\\PROGRA~1\\..\\X.TXT:Y.EXE ")},
};

static void every_form(void **state)
{
    (void)state;
    struct tcs_arena arena;
    tcs_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_path path;
        char what[1024];
        unit_show(what, cases[i].logged);
        check_true(what, tcs_path_normalise(cases[i].logged, false, &places, &arena, &path));
        check_str(what, path.folded, cases[i].folded);
        check_int(what, path.kind, cases[i].kind);
        check_int(what, path.traits, cases[i].traits);
    }
    tcs_arena_done(&arena);
}

/* The file name is what follows the last backslash, and lies within the folded text. */
static void names(void **state)
{
    (void)state;
    static const struct {
        const char *logged, *name;
    } rows[] = {
        {"C:\\Windows\\cmd.exe", "CMD.EXE"}, {"\\WINNT\\cmd.exe", "CMD.EXE"}, {"cmd.exe", "CMD.EXE"},
        {"C:\\Windows\\", ""},               {"C:\\", ""},                    {"\\\\server", "SERVER"},
        {"\\Device\\x\\cmd.exe", "CMD.EXE"}, {"C:/Windows/x.exe", "C:/WINDOWS/X.EXE"},
        {"C:\\x.txt:y.exe", "X.TXT:Y.EXE"},  {"", ""},
    };
    struct tcs_arena arena;
    tcs_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct tcs_path path;
        assert_true(tcs_path_normalise(tcs_str_of(rows[i].logged), false, &places, &arena, &path));
        check_text(rows[i].logged, path.name, rows[i].name);
        assert_true(path.name.len == 0 || path.name.p + path.name.len == path.folded.p + path.folded.len);
    }
    tcs_arena_done(&arena);
}

static void without_volumes_or_with_another_root(void **state)
{
    (void)state;
    struct tcs_path_places elsewhere = {TCS_STR_INIT("d:\\WinNT"), NULL, 0};
    struct tcs_arena arena;
    struct tcs_path path;
    tcs_arena_init(&arena, 1 << 20);
    assert_true(tcs_path_normalise(TCS_STR("\\SystemRoot\\x.exe"), false, &elsewhere, &arena, &path));
    check_text("root", path.folded, "D:\\WINNT\\X.EXE");
    assert_true(tcs_path_normalise(TCS_STR("\\Device\\HarddiskVolume2\\x.exe"), false, &elsewhere, &arena, &path));
    assert_int_equal(path.kind, OTHER);
    tcs_arena_done(&arena);
}

/* Text that had to be repaired may have been anything. */
static void damaged_text(void **state)
{
    (void)state;
    struct tcs_arena arena;
    struct tcs_path path;
    tcs_arena_init(&arena, 1 << 20);
    assert_true(tcs_path_normalise(TCS_STR("C:\\x.exe"), true, &places, &arena, &path));
    assert_int_equal(path.traits, CONTROL);
    assert_true(TCS_PATH_ODD & CONTROL);
    tcs_arena_done(&arena);
}

static void long_paths(void **state)
{
    (void)state;
    static char text[TCS_PATH_BYTES_MOST + 1];
    struct tcs_arena arena;
    struct tcs_path path;
    memset(text, 'x', sizeof text);
    memcpy(text, "C:\\", 3);
    tcs_arena_init(&arena, 4 << 20);
    /* as long as Windows can name */
    assert_true(tcs_path_normalise((struct tcs_str){text, 32767}, false, &places, &arena, &path));
    assert_int_equal(path.folded.len, 32767);
    assert_int_equal(path.kind, DRIVE);
    assert_true(tcs_path_normalise((struct tcs_str){text, TCS_PATH_BYTES_MOST}, false, &places, &arena, &path));
    assert_false(tcs_path_normalise((struct tcs_str){text, TCS_PATH_BYTES_MOST + 1}, false, &places, &arena, &path));
    assert_int_equal(path.kind, NONE);
    assert_int_equal(path.folded.len, 0);
    /* A prefix may make it longer: \SystemRoot stands for whatever the root is. */
    memset(text, 'x', sizeof text);
    memcpy(text, "\\SystemRoot\\", 12);
    struct tcs_path_places deep = {TCS_STR_INIT("C:\\A folder with a name that is longer than SystemRoot"), NULL, 0};
    assert_true(tcs_path_normalise((struct tcs_str){text, TCS_PATH_BYTES_MOST}, false, &deep, &arena, &path));
    assert_int_equal(path.kind, DRIVE);
    /* a hundred thousand folders */
    for (size_t i = 3; i < TCS_PATH_BYTES_MOST; i += 2)
        text[i] = '\\';
    assert_true(tcs_path_normalise((struct tcs_str){text, TCS_PATH_BYTES_MOST}, false, &places, &arena, &path));
    tcs_arena_done(&arena);
}

static void without_memory(void **state)
{
    (void)state;
    struct tcs_arena arena;
    struct tcs_path path;
    tcs_arena_init(&arena, 0);
    assert_false(tcs_path_normalise(TCS_STR("C:\\x.exe"), false, &places, &arena, &path));
    assert_int_equal(path.folded.len, 0);
    assert_true(tcs_path_normalise(TCS_STR("-"), false, &places, &arena, &path));
    tcs_arena_done(&arena);
}

/* What is folded stays as it is: a form that changed when looked at again could be made to change into a listed one. */
static void folding_again_changes_nothing(void **state)
{
    (void)state;
    struct tcs_arena arena;
    tcs_arena_init(&arena, 4 << 20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_path once, twice;
        char what[1024];
        unit_show(what, cases[i].logged);
        assert_true(tcs_path_normalise(cases[i].logged, false, &places, &arena, &once));
        assert_true(tcs_path_normalise(once.folded, false, &places, &arena, &twice));
        check_str(what, twice.folded, once.folded);
        check_int(what, twice.kind, once.kind);
    }
    tcs_arena_done(&arena);
}

/* ---- patterns ---- */

static void path_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *path, *pattern;
        bool fits;
    } rows[] = {
        {"C:\\A\\X.EXE", "C:\\A\\X.EXE", true},
        {"C:\\A\\X.EXE", "C:\\A\\Y.EXE", false},
        {"C:\\A\\X.EXE", "C:\\A\\X.EX", false},
        {"C:\\A\\X.EX", "C:\\A\\X.EXE", false},
        {"", "", true},
        {"", "*", true},
        {"X", "", false},
        /* * stands for characters within one folder name, also for none. */
        {"C:\\A\\X.EXE", "C:\\*\\X.EXE", true},
        {"C:\\A\\B\\X.EXE", "C:\\*\\X.EXE", false},
        {"C:\\X.EXE", "C:\\*\\X.EXE", false},
        {"C:\\\\X.EXE", "C:\\*\\X.EXE", true},
        {"C:\\A\\X.EXE", "C:\\A*\\X.EXE", true},
        {"C:\\ABC\\X.EXE", "C:\\A*C\\X.EXE", true},
        {"C:\\ABCD\\X.EXE", "C:\\A*C\\X.EXE", false},
        {"C:\\ACBC\\X.EXE", "C:\\A*C\\X.EXE", true},
        {"C:\\A\\B\\X.EXE", "C:\\*\\*\\X.EXE", true},
        {"C:\\A\\B\\C\\X.EXE", "C:\\*\\*\\X.EXE", false},
        {"C:\\A\\X.EXE", "C:\\A\\*", true},
        {"C:\\A\\B\\X.EXE", "C:\\A\\*", false},
        {"C:\\A\\X.EXE", "C:\\A*", false},
        {"C:\\A\\X.EXE\\", "C:\\A\\*", false},
        {"C:\\A\\X.EXE", "*", false},
        {"X.EXE", "*", true},
        {"X.EXE", "***", true},
        {"C:\\WINDOWS\\SYSTEM32\\INETSRV\\W3WP.EXE", "C:\\WINDOWS\\SYS*\\INETSRV\\W3WP.EXE", true},
        {"C:\\WINDOWS\\SYSWOW64\\INETSRV\\W3WP.EXE", "C:\\WINDOWS\\SYS*\\INETSRV\\W3WP.EXE", true},
        {"C:\\WINDOWS\\SYSTEM32\\X\\INETSRV\\W3WP.EXE", "C:\\WINDOWS\\SYS*\\INETSRV\\W3WP.EXE", false},
        /* **\ in front stands for any folders. */
        {"C:\\A\\B\\X.EXE", "**\\X.EXE", true},
        {"X.EXE", "**\\X.EXE", true},
        {"C:\\A\\YX.EXE", "**\\X.EXE", false},
        {"C:\\A\\B\\X.EXE", "**\\B\\X.EXE", true},
        {"C:\\A\\AB\\X.EXE", "**\\B\\X.EXE", false},
        {"C:\\A\\B\\C\\X.EXE", "**\\B\\X.EXE", false},
        {"C:\\B\\B\\X.EXE", "**\\B\\X.EXE", true},
        {"C:\\EXTERNALS\\NODE20\\BIN\\NODE.EXE", "**\\EXTERNALS\\NODE*\\BIN\\NODE.EXE", true},
        {"", "**\\", true},
        /* elsewhere two stars are no more than one */
        {"C:\\A\\B\\X.EXE", "C:\\**\\X.EXE", false},
        {"C:\\A\\X.EXE", "C:\\**\\X.EXE", true},
        /* a star in the path is a character */
        {"C:\\*\\X.EXE", "C:\\A\\X.EXE", false},
        {"C:\\*\\X.EXE", "C:\\*\\X.EXE", true},
        {"*", "A", false},
        /* and so is a question mark in the pattern */
        {"C:\\A\\X.EXE", "C:\\?\\X.EXE", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char what[200];
        snprintf(what, sizeof what, "%s by %s", rows[i].path, rows[i].pattern);
        check_int(what, tcs_path_fits(tcs_str_of(rows[i].path), tcs_str_of(rows[i].pattern)), rows[i].fits);
    }
}

static void text_patterns(void **state)
{
    (void)state;
    static const struct {
        struct tcs_str text, pattern;
        bool fits;
    } rows[] = {
        {TCS_STR_INIT("IUSR_WEB"), TCS_STR_INIT("IUSR_*"), true},
        {TCS_STR_INIT("IUSR_"), TCS_STR_INIT("IUSR_*"), true},
        {TCS_STR_INIT("IUSR"), TCS_STR_INIT("IUSR_*"), false},
        {TCS_STR_INIT("XIUSR_WEB"), TCS_STR_INIT("IUSR_*"), false},
        {TCS_STR_INIT("A\\B"), TCS_STR_INIT("*"), true}, /* any characters: no folder names here */
        {TCS_STR_INIT(""), TCS_STR_INIT("*"), true},
        {TCS_STR_INIT(""), TCS_STR_INIT(""), true},
        {TCS_STR_INIT("A"), TCS_STR_INIT(""), false},
        {TCS_STR_INIT("MSEXCHANGEOWAAPPPOOL"), TCS_STR_INIT("MSEXCHANGE*APPPOOL"), true},
        {TCS_STR_INIT("MSEXCHANGEAPPPOOLX"), TCS_STR_INIT("MSEXCHANGE*APPPOOL"), false},
        {TCS_STR_INIT("AAB"), TCS_STR_INIT("*AB"), true},
        {TCS_STR_INIT("A\0B"), TCS_STR_INIT("A*"), true}, /* NUL is data */
        {TCS_STR_INIT("A\0B"), TCS_STR_INIT("*B"), true},
        {TCS_STR_INIT("\0"), TCS_STR_INIT("*"), true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char what[1024];
        unit_show(what, rows[i].text);
        check_int(what, tcs_text_fits(rows[i].text, rows[i].pattern), rows[i].fits);
    }
}

/* The obvious way to match, slow and recursive. */
static bool naive_fits(const char *text, const char *pattern, char barrier)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return naive_fits(text, pattern + 1, barrier) ||
               (*text && *text != barrier && naive_fits(text + 1, pattern, barrier));
    return *text == *pattern && naive_fits(text + 1, pattern + 1, barrier);
}

static void agrees_with_the_obvious_way(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (int round = 0; round < 300000; round++) {
        char text[9], pattern[7];
        size_t text_len = unit_random_below(&seed, sizeof text), pattern_len = unit_random_below(&seed, sizeof pattern);
        for (size_t i = 0; i < text_len; i++)
            text[i] = "AB\\"[unit_random_below(&seed, 3)];
        for (size_t i = 0; i < pattern_len; i++)
            pattern[i] = "AB\\**"[unit_random_below(&seed, 5)];
        text[text_len] = pattern[pattern_len] = '\0';
        if (strncmp(pattern, "**\\", 3) == 0)
            continue;
        struct tcs_str t = {text, text_len}, p = {pattern, pattern_len};
        if (tcs_path_fits(t, p) != naive_fits(text, pattern, '\\') ||
            tcs_text_fits(t, p) != naive_fits(text, pattern, '\1'))
            fail_msg("%s by %s", text, pattern);
    }
}

/* A pattern is compared with paths of an intruder's making: it must not take long whatever they are. */
static void nasty_paths_are_compared_soon(void **state)
{
    (void)state;
    static char text[TCS_PATH_BYTES_MOST];
    memset(text, 'A', sizeof text);
    struct tcs_str s = {text, sizeof text};
    assert_false(tcs_path_fits(s, TCS_STR("*A*A*A*A*A*A*A*A*A*A*B")));
    assert_true(tcs_text_fits(s, TCS_STR("*A*A*A*A*A*A*A*A*A*A*A")));
    for (size_t i = 0; i < sizeof text; i += 2)
        text[i] = '\\';
    assert_false(tcs_path_fits(s, TCS_STR("**\\A*\\B")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form),
        cmocka_unit_test(names),
        cmocka_unit_test(without_volumes_or_with_another_root),
        cmocka_unit_test(damaged_text),
        cmocka_unit_test(long_paths),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(folding_again_changes_nothing),
        cmocka_unit_test(path_patterns),
        cmocka_unit_test(text_patterns),
        cmocka_unit_test(agrees_with_the_obvious_way),
        cmocka_unit_test(nasty_paths_are_compared_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
