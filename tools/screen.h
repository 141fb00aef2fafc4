/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_SCREEN_H
#define _TOOLS_SCREEN_H

/*
 * The terminal as a screen. What a text is drawn like tells nothing that the
 * text does not: a terminal may have no colours.
 */
enum screen_look {
	SCREEN_PLAIN,
	SCREEN_BOLD,
	SCREEN_REVERSE,
	SCREEN_GOOD,
	SCREEN_FAIR,
	SCREEN_POOR,
};

/*
 * Takes over the terminal, which standard input and output are. Returns 0; -1
 * after a message that says why it cannot be used. It is given back as it was
 * by screen_end(), or at exit.
 */
int screen_begin(void);
void screen_end(void);

int screen_rows(void);
int screen_columns(void);

/* What is put between these two is on the terminal after the second. */
void screen_clear(void);
void screen_show(void);

/*
 * Puts @text at row @y, column @x, in @width columns at most; what is beyond
 * them or the screen is left out. What the terminal cannot show, or would obey,
 * is '?'. Returns the column after it.
 */
int screen_put(int y, int x, int width, enum screen_look look,
	       const char *text);

/*
 * A key that was pressed: a character, or SCREEN_UP, SCREEN_DOWN; SCREEN_OTHER
 * for one that means nothing here, or if the size has changed; SCREEN_NONE if
 * there is none.
 */
#define SCREEN_NONE	(-1)
#define SCREEN_OTHER	0
#define SCREEN_UP	1
#define SCREEN_DOWN	2
int screen_key(void);

#endif /* _TOOLS_SCREEN_H */
