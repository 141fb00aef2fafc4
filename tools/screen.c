// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal as a screen, through ncurses.
 */
#define _GNU_SOURCE	/* wcwidth() */
#define NCURSES_WIDECHAR	1
#include <curses.h>
#include <err.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "screen.h"

/* The widest text that is put. */
#define MAX_TEXT	512

static SCREEN *screen;

static const char *terminal_name(void)
{
	const char *name = getenv("TERM");

	return name && *name ? name : "?";
}

/* Says what is wrong with a terminal that cannot be drawn on. */
static int check_terminal(void)
{
	int error;

	if (setupterm(NULL, STDOUT_FILENO, &error) == ERR) {
		warnx("the terminal '%s' is not known here: set TERM, or use --batch",
		      terminal_name());
		return -1;
	}
	if (!cursor_address || !clear_screen) {
		warnx("the terminal '%s' cannot be drawn on: use --batch",
		      terminal_name());
		return -1;
	}
	return 0;
}

static void begin_colours(void)
{
	if (!has_colors() || getenv("NO_COLOR"))
		return;
	start_color();
	use_default_colors();
	init_pair(SCREEN_GOOD, COLOR_GREEN, -1);
	init_pair(SCREEN_FAIR, COLOR_YELLOW, -1);
	init_pair(SCREEN_POOR, COLOR_RED, -1);
}

int screen_begin(void)
{
	/* What can be shown. Not more: numbers are written with a point. */
	setlocale(LC_CTYPE, "");
	if (check_terminal())
		return -1;
	screen = newterm(NULL, stdout, stdin);
	if (!screen) {
		warnx("the terminal '%s' cannot be used: use --batch",
		      terminal_name());
		return -1;
	}
	atexit(screen_end);
	cbreak();
	noecho();
	keypad(stdscr, true);
	nodelay(stdscr, true);
	/* What begins with an escape is here at once, or is none. */
	set_escdelay(25);
	curs_set(0);
	begin_colours();
	return 0;
}

void screen_end(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

int screen_rows(void)
{
	return LINES;
}

int screen_columns(void)
{
	return COLS;
}

void screen_clear(void)
{
	erase();
}

void screen_show(void)
{
	refresh();
}

/* The next character of *@text, and the columns that it takes. */
static wchar_t next_character(const char **text, mbstate_t *state, int *width)
{
	wchar_t character;
	size_t length = mbrtowc(&character, *text, MB_CUR_MAX, state);

	if (length == (size_t)-1 || length == (size_t)-2) {
		memset(state, 0, sizeof(*state));
		length = 1;
		character = L'?';
	}
	*text += length;
	*width = iswprint(character) ? wcwidth(character) : 0;
	if (*width > 0)
		return character;
	*width = 1;
	return L'?';
}

static attr_t attributes(enum screen_look look)
{
	switch (look) {
	case SCREEN_PLAIN:
		return A_NORMAL;
	case SCREEN_BOLD:
		return A_BOLD;
	case SCREEN_REVERSE:
		return A_REVERSE;
	default:
		return COLOR_PAIR(look);
	}
}

int screen_put(int y, int x, int width, enum screen_look look,
	       const char *text)
{
	wchar_t shown[MAX_TEXT];
	mbstate_t state = {};
	int count = 0, end, wide;

	if (width > COLS - x)
		width = COLS - x;
	if (y < 0 || y >= LINES || x < 0)
		return x;
	for (end = x; *text && count < MAX_TEXT; end += wide) {
		shown[count] = next_character(&text, &state, &wide);
		if (end + wide > x + width)
			break;
		count++;
	}
	attrset(attributes(look));
	mvaddnwstr(y, x, shown, count);
	attrset(A_NORMAL);
	return end;
}

int screen_key(void)
{
	int key = getch();

	switch (key) {
	case ERR:
		return SCREEN_NONE;
	case KEY_UP:
		return SCREEN_UP;
	case KEY_DOWN:
		return SCREEN_DOWN;
	default:
		return key >= ' ' && key <= '~' ? key : SCREEN_OTHER;
	}
}
