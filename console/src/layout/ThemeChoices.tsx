// Light, dark or the system's choice, as part of a menu.
import { MenuChoice, MenuChoices, MenuGroup } from "../parts/Menu";
import { text } from "../text";
import { chooseTheme, type Theme, useTheme } from "../theme";

export function ThemeChoices() {
  const theme = useTheme();
  return (
    <MenuGroup label={text.person.theme}>
      <MenuChoices<Theme> value={theme} onChange={chooseTheme}>
        {(["system", "light", "dark"] as const).map((choice) => (
          <MenuChoice key={choice} value={choice}>
            {text.person.themes[choice]}
          </MenuChoice>
        ))}
      </MenuChoices>
    </MenuGroup>
  );
}
